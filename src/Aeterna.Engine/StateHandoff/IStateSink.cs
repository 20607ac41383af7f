namespace Aeterna.StateHandoff;

/// <summary>Where state goes to. A failure is an <see cref="SrpException"/> whose message names the new process.</summary>
internal interface IStateSink : IAsyncDisposable
{
    /// <summary>A frame begins; its payload follows in pieces.</summary>
    ValueTask Begin(FrameHeader header, CancellationToken cancel);

    ValueTask Piece(ReadOnlyMemory<byte> piece, CancellationToken cancel);

    /// <summary>State in memory, which stays the caller's.</summary>
    ValueTask Memory(StateMemory memory, CancellationToken cancel);

    /// <summary>It has said that it has all that it wants: what comes now is passed over.</summary>
    bool Acknowledged { get; }

    /// <summary>Completes when it has something to say, or has closed; also with an error, which is not to be looked at.</summary>
    Task Speaks { get; }

    /// <summary>Takes note of one thing that it says, waiting for it.</summary>
    Task Hear(CancellationToken cancel);

    /// <summary>That was all; returns when the new process has it.</summary>
    Task Finish(CancellationToken cancel);

    /// <summary>It goes no further: the new process starts cold.</summary>
    Task Refuse(ErrorPayload why);
}

namespace Aeterna.StateRelay;

/// <summary>Where state goes to. A failure is an <see cref="SrpException"/> whose message names the new process.</summary>
internal interface IStateSink : IAsyncDisposable
{
    /// <summary>A frame begins; its payload follows in pieces.</summary>
    ValueTask Begin(FrameHeader header, CancellationToken cancel);

    ValueTask Piece(ReadOnlyMemory<byte> piece, CancellationToken cancel);

    /// <summary>State in memory, which stays the caller's.</summary>
    ValueTask Memory(StateMemory memory, CancellationToken cancel);

    /// <summary>That was all; returns when the new process has it.</summary>
    Task Finish(CancellationToken cancel);

    /// <summary>It goes no further: the new process starts cold.</summary>
    Task Refuse(ErrorPayload why);
}

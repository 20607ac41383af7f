namespace Aeterna.StateHandoff;

/// <summary>Where state comes from. A failure is an <see cref="SrpException"/> whose message names the old process.</summary>
internal interface IStateSource : IAsyncDisposable
{
    /// <summary>The next frame of state; null at the end.</summary>
    Task<FrameHeader?> Next(CancellationToken cancel);

    /// <summary>What has come is whole as it stands, so that the state may end here.</summary>
    bool MayEnd { get; }

    /// <summary>A piece of the frame's payload, good until the next call; empty at its end.</summary>
    ValueTask<ReadOnlyMemory<byte>> Payload(CancellationToken cancel);

    /// <summary>The memory that the frame is about, checked.</summary>
    Task<StateMemory> Memory(CancellationToken cancel);

    /// <summary>The new process has all of it.</summary>
    Task Thank(CancellationToken cancel);

    /// <summary>It goes no further, and why.</summary>
    Task Refuse(ErrorPayload why);
}

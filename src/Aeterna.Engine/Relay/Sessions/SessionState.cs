namespace Aeterna.Relay.Sessions;

/// <summary>
/// A session as plain data: what a successor of this engine would have to know of it, beside the bytes that it holds. Descriptors stay the
/// session's.
/// </summary>
internal sealed record SessionState
{
    /// <summary>The descriptor of the client's connection, or of what stands for it; null when it is closed.</summary>
    public required int? Client { get; init; }

    /// <summary>The descriptor is that of a stand-in, on which TLS is ended.</summary>
    public required bool IsStandIn { get; init; }

    /// <summary>The client sends no more.</summary>
    public required bool HasEnded { get; init; }

    /// <summary>The client's address as accept(2) gave it.</summary>
    public required byte[] PeerAddress { get; init; }

    /// <summary>The address that it connected to.</summary>
    public required byte[] LocalAddress { get; init; }

    /// <summary>Its place among all connections of the relay.</summary>
    public required long Ordinal { get; init; }

    /// <summary>Where it is going.</summary>
    public required Course Course { get; init; }

    /// <summary>Since when, in units of <see cref="System.Diagnostics.Stopwatch"/> on CLOCK_MONOTONIC.</summary>
    public required long Since { get; init; }

    /// <summary>Its stream is cut into frames.</summary>
    public required bool IsFramed { get; init; }

    /// <summary>Bytes that came in.</summary>
    public required long Received { get; init; }

    /// <summary>Bytes that were given, without those that were taken back.</summary>
    public required long Sent { get; init; }

    /// <summary>Bytes that are known to have been read, and are no longer needed but for a frame that they end in.</summary>
    public required long Released { get; init; }

    /// <summary>Frames that came in whole.</summary>
    public required long Frames { get; init; }

    /// <summary>Its legs.</summary>
    public required IReadOnlyList<LegState> Legs { get; init; }
}

/// <summary>A leg as plain data.</summary>
/// <param name="Generation">Whose it is.</param>
/// <param name="Fd">The engine's end.</param>
/// <param name="End">Our duplicate of the generation's end; null when there is none.</param>
/// <param name="From">Where in the stream the generation took over.</param>
/// <param name="IsConnected">It is in the generation's queue, or was accepted.</param>
/// <param name="IsAccepted">The generation has, or had, it.</param>
/// <param name="IsCurrent">It is given what the client sends.</param>
/// <param name="IsTold">The generation was told that the client has ended.</param>
internal sealed record LegState(int Generation, int Fd, int? End, long From, bool IsConnected, bool IsAccepted, bool IsCurrent, bool IsTold);

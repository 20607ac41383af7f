using Aeterna.Ledger;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Sides;

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

    /// <summary>The generation that it is to go to.</summary>
    public int? Wanted { get; init; }

    /// <summary>It does not begin like syslog does.</summary>
    public bool IsForeign { get; init; }

    /// <summary>What the client sent; null where the bytes do not matter.</summary>
    public StreamState? Stream { get; init; }

    /// <summary>Answers that the client has not taken; null: none.</summary>
    public LedgerPlace? Answers { get; init; }
}

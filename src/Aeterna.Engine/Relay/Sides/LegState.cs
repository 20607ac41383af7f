using Aeterna.Relay.Frames;

namespace Aeterna.Relay.Sides;

/// <summary>A leg as plain data.</summary>
/// <param name="Generation">Whose it is.</param>
/// <param name="Fd">The engine's end.</param>
/// <param name="End">Our duplicate of the generation's end; null when there is none.</param>
/// <param name="From">Where in the stream the generation took over.</param>
/// <param name="IsConnected">It is in the generation's queue, or was accepted.</param>
/// <param name="IsAccepted">The generation has, or had, it.</param>
/// <param name="IsCurrent">It is given what the client sends.</param>
/// <param name="IsTold">The generation was told that the client has ended.</param>
internal sealed record LegState(int Generation, int Fd, int? End, long From, bool IsConnected, bool IsAccepted, bool IsCurrent, bool IsTold)
{
    /// <summary>Kind and count of what the generation has to be told first.</summary>
    public RestKind OwedKind { get; init; }

    public long OwedCount { get; init; }

    /// <summary>The generation reads no more.</summary>
    public bool IsDeaf { get; init; }

    /// <summary>The generation has said all that it will say.</summary>
    public bool HasEnded { get; init; }

    /// <summary>The generation closes it.</summary>
    public bool IsClosing { get; init; }

    /// <summary>It was closed with bytes unread.</summary>
    public bool LeftUnread { get; init; }
}

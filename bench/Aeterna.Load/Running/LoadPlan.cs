using Aeterna.Load.Senders;

namespace Aeterna.Load.Running;

/// <summary>What to send; a part that is null is not sent.</summary>
internal sealed record LoadPlan
{
    public ShortConnectionPlan? ShortConnections { get; init; }

    public LongConnectionPlan? LongConnections { get; init; }

    public UdpPlan? Udp { get; init; }

    public UnixPlan? Unix { get; init; }

    /// <summary>It ends by itself after this time, if it was not stopped before.</summary>
    public required TimeSpan Duration { get; init; }
}

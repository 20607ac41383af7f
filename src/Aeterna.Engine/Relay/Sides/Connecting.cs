namespace Aeterna.Relay.Sides;

/// <summary>How a leg's connection came out.</summary>
internal enum Connecting
{
    Made,

    /// <summary>The queue of the private socket is full: it is tried again when the generation has accepted one.</summary>
    Waiting,

    /// <summary>Nobody listens, or not any more.</summary>
    Refused,
}

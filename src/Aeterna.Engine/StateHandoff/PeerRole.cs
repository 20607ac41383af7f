namespace Aeterna.StateHandoff;

/// <summary>What a connected process is here for.</summary>
internal enum PeerRole
{
    /// <summary>It has not said anything.</summary>
    Unknown,
    Provider,
    Receiver,

    /// <summary>It sends its state unasked by a frame: the answer to a signal.</summary>
    Pusher,
}

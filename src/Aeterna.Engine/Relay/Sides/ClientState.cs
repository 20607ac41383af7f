using Aeterna.Linux;

namespace Aeterna.Relay.Sides;

/// <summary>A <see cref="ClientSide"/> of a predecessor's.</summary>
/// <param name="Connection">Its connection, which the side owns from here on; null: it is closed.</param>
/// <param name="IsStandIn">The connection stands for the client's own.</param>
/// <param name="HasEnded">The client sends no more.</param>
/// <param name="Peer">The client's address.</param>
/// <param name="Local">The address that it connected to.</param>
/// <param name="Ordinal">Its place among all connections of the relay.</param>
/// <param name="Answers">What it has not taken.</param>
internal sealed record ClientState(FileDescriptor? Connection, bool IsStandIn, bool HasEnded, byte[] Peer, byte[] Local, long Ordinal, byte[] Answers);

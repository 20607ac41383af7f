using Aeterna.Linux;

namespace Aeterna.Relay;

/// <summary>A client as it was accepted.</summary>
/// <param name="Connection">Its connection, non-blocking; whoever gets this owns it.</param>
/// <param name="Peer">Its address.</param>
/// <param name="Local">The address that it connected to.</param>
/// <param name="IsStandIn">The connection is a unix stream that stands for the client's, on which TLS is ended.</param>
/// <param name="Ordinal">How many the relay has accepted with it.</param>
/// <param name="Place">Its place in the memory that outlives the engine; -1: it has none.</param>
internal sealed record AcceptedClient(FileDescriptor Connection, byte[] Peer, byte[] Local, bool IsStandIn, long Ordinal, int Place = -1);

using Aeterna.Linux;

namespace Aeterna.Relay.Datagrams;

/// <summary>A datagram that the engine holds.</summary>
/// <param name="Bytes">The whole of it.</param>
/// <param name="Sender">Who sent it, as the kernel says.</param>
internal readonly record struct Datagram(byte[] Bytes, PeerCredentials? Sender);

using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <summary>What makes two sockets the same listener in the eyes of the kernel's bind(2).</summary>
/// <param name="Address">The address that clients use.</param>
/// <param name="V6Only">IPV6_V6ONLY: only then can an IPv4 socket have the same port beside it.</param>
/// <param name="Device">SO_BINDTODEVICE, or "".</param>
/// <param name="Ordinal">0, or more for further members of a SO_REUSEPORT group within one generation (nginx's <c>reuseport</c>).</param>
internal sealed record SocketKey(ListenerAddress Address, bool V6Only, string Device, int Ordinal)
{
    /// <summary>
    /// The key of a socket that is about to be bound to an address. Null when it is none of those that the engine holds: another
    /// family or protocol, port 0 or an unnamed unix socket (a client's). The path of a unix socket is as the caller has it.
    /// </summary>
    /// <param name="fd">The socket.</param>
    /// <param name="address">The bytes of the address.</param>
    public static SocketKey? Of(int fd, ReadOnlySpan<byte> address)
    {
        var domain = Libc.GetOption(fd, Libc.SOL_SOCKET, Libc.SO_DOMAIN);
        if (domain is null || domain != SockAddr.Family(address))
        {
            return null; // Not a socket, or an address that the kernel will refuse: its error is the right one.
        }

        var type = Libc.GetOption(fd, Libc.SOL_SOCKET, Libc.SO_TYPE);
        if (domain == Libc.AF_UNIX)
        {
            ListenerScheme? unix = type switch
            {
                Libc.SOCK_STREAM => ListenerScheme.Unix,
                Libc.SOCK_DGRAM => ListenerScheme.Unixgram,
                Libc.SOCK_SEQPACKET => ListenerScheme.Unixpacket,
                _ => null,
            };
            return unix is { } scheme && SockAddr.ReadUnix(address) is { Length: > 0 } path
                ? new SocketKey(new ListenerAddress(scheme, null, path), false, "", 0)
                : null;
        }

        var endpoint = SockAddr.ReadEndpoint(address);
        ListenerScheme? internet = (type, Libc.GetOption(fd, Libc.SOL_SOCKET, Libc.SO_PROTOCOL)) switch
        {
            (Libc.SOCK_STREAM, Libc.IPPROTO_TCP) => ListenerScheme.Tcp,
            (Libc.SOCK_DGRAM, Libc.IPPROTO_UDP) => ListenerScheme.Udp,
            _ => null,
        };
        if (internet is null || endpoint is null || endpoint.Port == 0)
        {
            return null;
        }

        var v6Only = domain == Libc.AF_INET6 && Libc.GetOption(fd, Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY) == 1;
        return new SocketKey(new ListenerAddress(internet.Value, endpoint, null), v6Only, Libc.GetDevice(fd), 0);
    }
}

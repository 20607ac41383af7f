using System.Net;
using System.Net.Sockets;

namespace Aeterna.Linux;

/// <summary>
/// Connects a bound datagram socket to somebody who will not send (connect(2), udp(7)): it gets nothing from anybody else from then on, and what is in its queue stays.
/// </summary>
internal static class PassingPeer
{
    private const int Discard = 9; // RFC 863.

    /// <summary>False when that cannot be, with <see cref="Errno.Last"/>.</summary>
    /// <param name="socket">Stays the caller's.</param>
    /// <param name="own">Where it is bound.</param>
    public static unsafe bool Give(int socket, IPEndPoint own)
    {
        var peer = SockAddr.Write(new IPEndPoint(own.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, Discard));
        fixed (byte* bytes = peer)
        {
            return Libc.connect(socket, bytes, (uint)peer.Length) == 0;
        }
    }
}

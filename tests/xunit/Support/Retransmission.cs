using System.Net.Sockets;
using Aeterna.Linux;

namespace Aeterna.Tests.Support;

/// <summary>Whether the other end leaves a TCP socket without an answer.</summary>
internal static class Retransmission
{
    /// <summary>What was last sent, be it the wish for a connection, is under way again.</summary>
    public static bool IsUnderWay(Socket socket)
    {
        // tcpi_retransmits of struct tcp_info (linux/tcp.h).
        Span<byte> info = stackalloc byte[4];
        return Libc.GetOption((int)socket.Handle, Libc.IPPROTO_TCP, 11, info) == 4 && info[2] > 0;
    }
}

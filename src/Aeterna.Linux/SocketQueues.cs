using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// What waits in the kernel in a socket's queues (SO_MEMINFO of socket(7), <c>linux/sock_diag.h</c>). Bytes of kernel memory and not of payload, so an empty datagram counts too, as
/// it does not with SIOCINQ.
/// </summary>
/// <param name="Unread">Received and not read yet. Always 0 for a unix socket, whose datagrams are on their sender's account.</param>
/// <param name="Unsent">Sent and not consumed yet: for a unix socket, until the receiver has them.</param>
/// <param name="Dropped">Datagrams dropped since the socket was made, since its queue was full.</param>
internal readonly record struct SocketQueues(uint Unread, uint Unsent, uint Dropped)
{
    private const int SO_MEMINFO = 55;
    private const int SK_MEMINFO_RMEM_ALLOC = 0;
    private const int SK_MEMINFO_WMEM_ALLOC = 2;
    private const int SK_MEMINFO_DROPS = 8;
    private const int SK_MEMINFO_VARS = 9;
    private const int TCP_INFO = 11;
    private const int TCP_LISTEN = 10;
    private const int SO_PEEK_OFF = 42;
    private const int TCP_CLOSE = 7;
    private const int TCP_CLOSE_WAIT = 8;
    private const int TCP_LAST_ACK = 9;
    private const int TCP_CLOSING = 11;

    /// <summary><c>tcpi_bytes_acked</c>.</summary>
    internal const int BytesAckedOffset = 120;

    /// <summary><c>tcpi_bytes_received</c>.</summary>
    internal const int BytesReceivedOffset = 128;

    /// <summary><c>tcpi_unacked</c> of <c>struct tcp_info</c> (linux/tcp.h): of a listening socket, the length of its accept queue.</summary>
    internal const int UnackedOffset = 24;

    /// <summary><c>tcpi_sacked</c>: of a listening socket, how long its accept queue may become.</summary>
    internal const int SackedOffset = 28;

    /// <summary>The queues of a socket, which stays the caller's.</summary>
    /// <exception cref="LinuxException">EBADF, ENOTSOCK.</exception>
    public static SocketQueues Of(int socket)
    {
        Span<uint> info = stackalloc uint[SK_MEMINFO_VARS];
        info.Clear(); // An older kernel writes fewer.
        Errno.ThrowIfFailed(Libc.GetOption(socket, Libc.SOL_SOCKET, SO_MEMINFO, MemoryMarshal.AsBytes(info)), "getsockopt(SO_MEMINFO)");
        return new SocketQueues(info[SK_MEMINFO_RMEM_ALLOC], info[SK_MEMINFO_WMEM_ALLOC], info[SK_MEMINFO_DROPS]);
    }

    /// <summary>Connections that wait in a listening TCP socket to be accepted; 0 for one that does not listen.</summary>
    /// <exception cref="LinuxException">EBADF, EOPNOTSUPP (no TCP socket).</exception>
    public static int Waiting(int listener)
    {
        Span<byte> info = stackalloc byte[UnackedOffset + sizeof(uint)];
        Errno.ThrowIfFailed(Libc.GetOption(listener, Libc.IPPROTO_TCP, TCP_INFO, info), "getsockopt(TCP_INFO)");
        return info[0] == TCP_LISTEN ? (int)MemoryMarshal.Read<uint>(info[UnackedOffset..]) : 0;
    }

    /// <summary>How many bytes of a TCP connection have been taken out of its socket so far; null for what is none, or is over. What arrived (<c>tcpi_bytes_received</c>) counts the end too.</summary>
    public static long? TakenFrom(int connection)
    {
        // More may arrive between the two looks: until what had arrived before the second one is the same after it.
        for (long? before = null; ;)
        {
            var unread = Libc.Unread(connection);
            var arrived = Arrived(connection);
            if (arrived is null || arrived == before)
            {
                return arrived - unread;
            }

            before = arrived;
        }
    }

    /// <summary>
    /// Has the kernel count what is taken out of a unix stream from now on. It has no counter: but what whoever peeks has seen (SO_PEEK_OFF) goes back by what is taken. So a program that
    /// peeks would find nothing.
    /// </summary>
    public static void CountTaken(int end) => _ = Libc.SetOption(end, Libc.SOL_SOCKET, SO_PEEK_OFF, int.MaxValue); // EOPNOTSUPP: it is not counted then.

    /// <summary>Ends that.</summary>
    public static void CountNoMore(int end) => _ = Libc.SetOption(end, Libc.SOL_SOCKET, SO_PEEK_OFF, -1);

    /// <summary>How much has been taken out of a unix stream since it is counted; null: it is not counted, or no longer.</summary>
    public static long? Taken(int end) => Libc.GetOption(end, Libc.SOL_SOCKET, SO_PEEK_OFF) is > 0 and var left ? (long)int.MaxValue - left : null;

    /// <summary>How much may be taken before it has to be counted anew.</summary>
    public const long MostCounted = 1 << 30;

    /// <summary>
    /// How many bytes have been written to a TCP connection that was accepted: what has been acknowledged (<c>tcpi_bytes_acked</c>, which of such a one does not count the beginning) and what
    /// waits (SIOCOUTQ). Null for what is none, or is over.
    /// </summary>
    public static long? Written(int connection)
    {
        // More may be acknowledged between the two looks: until what had been before the second one is the same after it.
        for (long? before = null; ;)
        {
            var waits = Libc.Unsent(connection);
            var acknowledged = Acknowledged(connection);
            if (acknowledged is null || acknowledged == before)
            {
                return acknowledged + waits;
            }

            before = acknowledged;
        }
    }

    /// <summary>How much came to a unix stream since it is counted: what was taken and what is unread. Null: it is not counted, or no longer.</summary>
    public static long? CameTo(int end)
    {
        for (int? before = null; ;)
        {
            var unread = Libc.Unread(end);
            var left = Libc.GetOption(end, Libc.SOL_SOCKET, SO_PEEK_OFF);
            if (left is null or <= 0 || left == before)
            {
                return left > 0 ? (long)int.MaxValue - left + unread : null;
            }

            before = left;
        }
    }

    private static long? Acknowledged(int connection)
    {
        Span<byte> info = stackalloc byte[BytesAckedOffset + sizeof(ulong)];
        return Libc.GetOption(connection, Libc.IPPROTO_TCP, TCP_INFO, info) < info.Length || info[0] is TCP_CLOSE
            ? null
            : (long)MemoryMarshal.Read<ulong>(info[BytesAckedOffset..]);
    }

    private static long? Arrived(int connection)
    {
        Span<byte> info = stackalloc byte[BytesReceivedOffset + sizeof(ulong)];
        if (Libc.GetOption(connection, Libc.IPPROTO_TCP, TCP_INFO, info) < info.Length || info[0] == TCP_CLOSE)
        {
            return null; // Whether an end is counted cannot be told of one that is over.
        }

        var hasEnded = info[0] is TCP_CLOSE_WAIT or TCP_LAST_ACK or TCP_CLOSING;
        return (long)MemoryMarshal.Read<ulong>(info[BytesReceivedOffset..]) - (hasEnded ? 1 : 0);
    }

    /// <summary>How long the accept queue of a TCP socket may become; null for one that is none, or does not listen.</summary>
    public static int? Room(int listener)
    {
        Span<byte> info = stackalloc byte[SackedOffset + sizeof(uint)];
        return Libc.GetOption(listener, Libc.IPPROTO_TCP, TCP_INFO, info) == info.Length && info[0] == TCP_LISTEN
            ? (int)MemoryMarshal.Read<uint>(info[SackedOffset..])
            : null;
    }
}

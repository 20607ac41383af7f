namespace Aeterna.Linux;

/// <summary>Socket options that are more than an integer.</summary>
internal static partial class Libc
{
    /// <summary>Reads an option into <paramref name="value"/>: the number of bytes that the kernel wrote, or -1 with <see cref="Errno.Last"/>.</summary>
    public static unsafe int GetOption(int fd, int level, int name, Span<byte> value)
    {
        fixed (byte* p = value)
        {
            var length = (uint)value.Length;
            return getsockopt(fd, level, name, p, &length) == 0 ? (int)length : -1;
        }
    }

    /// <summary>Sets an option; false with <see cref="Errno.Last"/> when refused.</summary>
    public static unsafe bool SetOption(int fd, int level, int name, ReadOnlySpan<byte> value)
    {
        fixed (byte* p = value)
        {
            return setsockopt(fd, level, name, p, (uint)value.Length) == 0;
        }
    }
}

/// <summary>
/// The options that a program sets on a socket before it binds it and that it misses on another socket in its place. What cannot be read
/// back (memberships of multicast groups, filters) is not among them.
/// </summary>
internal static class SocketOptions
{
    private const int IPPROTO_IP = 0;
    private const int SO_BROADCAST = 6;
    private const int SO_KEEPALIVE = 9;
    private const int SO_PASSCRED = 16;
    private const int SO_TIMESTAMP = 29;
    private const int SO_TIMESTAMPNS = 35;
    private const int SO_RXQ_OVFL = 40;
    private const int IP_PKTINFO = 8;
    private const int IP_MTU_DISCOVER = 10;
    private const int IP_RECVERR = 11;
    private const int IP_RECVTTL = 12;
    private const int IP_RECVTOS = 13;
    private const int IP_FREEBIND = 15;
    private const int IP_TRANSPARENT = 19;
    private const int IPV6_RECVERR = 25;
    private const int IPV6_FREEBIND = 78;
    private const int IPV6_RECVPKTINFO = 49;
    private const int IPV6_RECVHOPLIMIT = 51;
    private const int TCP_NODELAY = 1;
    private const int TCP_DEFER_ACCEPT = 9;

    private static readonly (int Level, int Name)[] _internet =
    [
        (IPPROTO_IP, IP_PKTINFO), (IPPROTO_IP, IP_MTU_DISCOVER), (IPPROTO_IP, IP_RECVERR), (IPPROTO_IP, IP_RECVTTL), (IPPROTO_IP, IP_RECVTOS),
        (IPPROTO_IP, IP_FREEBIND), (IPPROTO_IP, IP_TRANSPARENT),
        (Libc.IPPROTO_IPV6, IPV6_RECVERR), (Libc.IPPROTO_IPV6, IPV6_RECVPKTINFO), (Libc.IPPROTO_IPV6, IPV6_RECVHOPLIMIT),
        (Libc.IPPROTO_IPV6, IPV6_FREEBIND),
        (Libc.IPPROTO_TCP, TCP_NODELAY), (Libc.IPPROTO_TCP, TCP_DEFER_ACCEPT),
    ];

    private static readonly (int Level, int Name)[] _any =
    [
        (Libc.SOL_SOCKET, SO_BROADCAST), (Libc.SOL_SOCKET, SO_KEEPALIVE), (Libc.SOL_SOCKET, SO_PASSCRED),
        (Libc.SOL_SOCKET, SO_TIMESTAMP), (Libc.SOL_SOCKET, SO_TIMESTAMPNS), (Libc.SOL_SOCKET, SO_RXQ_OVFL),
    ];

    /// <summary>Sets them on one socket as they are on another of the same kind. One that the kernel refuses stays as it is.</summary>
    public static void Copy(int from, int to)
    {
        var internet = Libc.GetOption(from, Libc.SOL_SOCKET, Libc.SO_DOMAIN) != Libc.AF_UNIX;
        foreach (var (level, name) in internet ? _any.Concat(_internet) : _any)
        {
            if (Libc.GetOption(from, level, name) is { } wanted && Libc.GetOption(to, level, name) is { } present && wanted != present)
            {
                Libc.SetOption(to, level, name, wanted);
            }
        }
    }

    /// <summary>Sets O_NONBLOCK, which belongs to the socket and not to the descriptor, on one as it is on another.</summary>
    /// <exception cref="LinuxException">EBADF.</exception>
    public static void CopyBlockingMode(int from, int to)
    {
        var wanted = Errno.ThrowIfFailed(Libc.fcntl(from, Libc.F_GETFL, 0), "fcntl(F_GETFL)");
        Errno.ThrowIfFailed(Libc.fcntl(to, Libc.F_SETFL, wanted), "fcntl(F_SETFL)");
    }

    /// <summary>Binds a socket to a device as another is (SO_BINDTODEVICE); false with <see cref="Errno.Last"/>: EPERM, ENODEV.</summary>
    public static bool CopyDevice(int from, int to)
    {
        var device = Libc.GetDevice(from);
        return device.Length == 0 || Libc.SetOption(to, Libc.SOL_SOCKET, Libc.SO_BINDTODEVICE, System.Text.Encoding.UTF8.GetBytes(device));
    }
}

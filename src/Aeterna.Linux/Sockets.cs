using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Socket calls (socket(2), bind(2), listen(2), getsockopt(2), unix(7)); numbers from asm-generic/socket.h, same on x86-64 and arm64.</summary>
internal static partial class Libc
{
    public const int AF_UNIX = 1;
    public const int AF_INET = 2;
    public const int AF_INET6 = 10;
    public const int SOCK_STREAM = 1;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_SEQPACKET = 5;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOL_SOCKET = 1;
    public const int SO_REUSEADDR = 2;
    public const int SO_TYPE = 3;
    public const int SO_RCVBUF = 8;
    public const int SO_REUSEPORT = 15;
    public const int SO_KEEPALIVE = 9;
    public const int SO_BINDTODEVICE = 25;
    public const int SO_ACCEPTCONN = 30;
    public const int SO_RCVBUFFORCE = 33;
    public const int SO_PROTOCOL = 38;
    public const int SO_DOMAIN = 39;
    public const int IPPROTO_IP = 0;
    public const int IPPROTO_TCP = 6;
    public const int IPPROTO_UDP = 17;
    public const int IPPROTO_IPV6 = 41;
    public const int IPV6_V6ONLY = 26;

    /// <summary>bind(2). EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOENT (unix path's folder).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial int bind(int fd, byte* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int getsockopt(int fd, int level, int name, void* value, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int setsockopt(int fd, int level, int name, void* value, uint length);

    /// <summary>An integer option. Null when the socket has no such option (ENOPROTOOPT, EOPNOTSUPP) or is none (ENOTSOCK).</summary>
    public static unsafe int? GetOption(int fd, int level, int name)
    {
        int value = 0;
        uint length = sizeof(int);
        return getsockopt(fd, level, name, &value, &length) == 0 ? value : null;
    }

    /// <summary>Sets an integer option; false with <see cref="Errno.Last"/> when refused.</summary>
    public static unsafe bool SetOption(int fd, int level, int name, int value) =>
        setsockopt(fd, level, name, &value, sizeof(int)) == 0;

    /// <summary>The device that a socket is bound to (SO_BINDTODEVICE), or "".</summary>
    public static unsafe string GetDevice(int fd)
    {
        var name = stackalloc byte[16]; // IFNAMSIZ
        uint length = 16;
        return getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &length) == 0 && length > 1
            ? System.Text.Encoding.UTF8.GetString(name, (int)length - 1)
            : "";
    }
}

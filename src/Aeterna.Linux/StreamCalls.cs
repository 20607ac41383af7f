using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>What moves bytes over connected streams (socket(7), tcp(7), unix(7)); numbers from bits/socket.h, the same on x86-64 and arm64.</summary>
/// <remarks>
/// The calls without GC transition never block (their sockets are non-blocking, or they ask with MSG_DONTWAIT) and at most copy one buffer;
/// a collection that starts meanwhile waits for some microseconds, and each call is spared two transitions.
/// </remarks>
internal static partial class Libc
{
    public const int MSG_PEEK = 2;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int SHUT_WR = 1;
    public const int SHUT_RDWR = 2;
    public const int SO_SNDBUF = 7;
    public const int SO_LINGER = 13;
    public const int SO_PEERCRED = 17;
    public const uint SIOCINQ = 0x541B;
    public const uint SIOCOUTQ = 0x5411;

    /// <summary>accept4(2); the caller owns the descriptor. EAGAIN, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial int accept4(int fd, byte* address, uint* length, int flags);

    /// <summary>connect(2). For a non-blocking unix stream EAGAIN means that the listener's queue is full. ECONNREFUSED, EINPROGRESS.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial int connect(int fd, byte* address, uint length);

    /// <summary>recv(2): bytes, 0 at the end. EAGAIN, EINTR, ECONNRESET, ETIMEDOUT.</summary>
    [LibraryImport("libc", SetLastError = true)]
    [SuppressGCTransition]
    public static unsafe partial nint recv(int fd, byte* buffer, nuint length, int flags);

    /// <summary>send(2): bytes taken. EAGAIN, EINTR, EPIPE, ECONNRESET. Without MSG_NOSIGNAL EPIPE comes with a signal.</summary>
    [LibraryImport("libc", SetLastError = true)]
    [SuppressGCTransition]
    public static unsafe partial nint send(int fd, byte* buffer, nuint length, int flags);

    /// <summary>writev(2) on a non-blocking descriptor: bytes taken. As send(2); the runtime ignores SIGPIPE.</summary>
    [LibraryImport("libc", SetLastError = true)]
    [SuppressGCTransition]
    public static unsafe partial nint writev(int fd, Iovec* pieces, int count);

    /// <summary>ioctl(2) that gives an int: SIOCINQ (bytes not read yet), SIOCOUTQ (bytes of memory that the peer has not read; unix streams).</summary>
    [LibraryImport("libc", SetLastError = true)]
    [SuppressGCTransition]
    public static unsafe partial int ioctl(int fd, nuint request, int* value);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int getsockname(int fd, byte* address, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int getpeername(int fd, byte* address, uint* length);

    /// <summary>The address that a socket is connected to; empty when it is to none (any more).</summary>
    public static unsafe byte[] PeerName(int fd)
    {
        var name = stackalloc byte[SockAddr.MaxLength];
        uint length = SockAddr.MaxLength;
        return getpeername(fd, name, &length) == 0 ? new Span<byte>(name, (int)Math.Min(length, SockAddr.MaxLength)).ToArray() : [];
    }

    /// <summary>All that can be read of a stream, which stays there.</summary>
    public static unsafe byte[] Look(int fd)
    {
        var bytes = new byte[Unread(fd)];
        fixed (byte* p = bytes)
        {
            var count = bytes.Length == 0 ? 0 : recv(fd, p, (nuint)bytes.Length, MSG_DONTWAIT | MSG_PEEK);
            return count == bytes.Length ? bytes : bytes[..(int)Math.Max(0, count)];
        }
    }

    /// <summary>Whether a socket is connected.</summary>
    public static unsafe bool HasPeer(int fd)
    {
        var name = stackalloc byte[SockAddr.MaxLength];
        uint length = SockAddr.MaxLength;
        return getpeername(fd, name, &length) == 0;
    }

    /// <summary>Bytes that can be read of a stream; 0 when it is none.</summary>
    public static unsafe int Unread(int fd)
    {
        int bytes = 0;
        return ioctl(fd, SIOCINQ, &bytes) == 0 ? bytes : 0;
    }

    /// <summary>Bytes that were written to a TCP connection and have not been acknowledged; 0 when it is none.</summary>
    public static unsafe int Unsent(int fd)
    {
        int bytes = 0;
        return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
    }

    /// <summary>Takes all that can be read out of a stream, and drops it; never waits. Who else reads it gets each byte or does not.</summary>
    /// <returns>How many bytes that were.</returns>
    public static unsafe long Drain(int fd)
    {
        const int Most = 8192;
        var buffer = stackalloc byte[Most];
        for (long drained = 0; ;)
        {
            var count = recv(fd, buffer, Most, MSG_DONTWAIT);
            if (count > 0)
            {
                drained += count;
            }
            else if (count == 0 || Errno.Last != Errno.EINTR)
            {
                return drained; // Its end, EAGAIN, or none that can be read (ENOTCONN).
            }
        }
    }

    /// <summary>
    /// Whether the peer of a unix stream has read all that was sent. A unix socket is charged for a buffer until the peer has read the
    /// last byte of it or is gone (net/unix/af_unix.c, unix_outq_len), so 0 is exact; what is not accepted yet counts as unread.
    /// </summary>
    public static unsafe bool AllRead(int fd)
    {
        int charged = 0;
        return ioctl(fd, SIOCOUTQ, &charged) == 0 && charged == 0;
    }

    /// <summary>The socket's own address; empty when the call fails (EBADF).</summary>
    public static unsafe byte[] LocalName(int fd)
    {
        var name = stackalloc byte[SockAddr.MaxLength];
        uint length = SockAddr.MaxLength;
        return getsockname(fd, name, &length) == 0 ? new Span<byte>(name, (int)Math.Min(length, SockAddr.MaxLength)).ToArray() : [];
    }

    /// <summary>Makes close(2) reset the connection (SO_LINGER with 0 seconds).</summary>
    public static unsafe void ResetOnClose(int fd)
    {
        var linger = new Linger { OnOff = 1, Seconds = 0 };
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, (uint)sizeof(Linger));
    }

    /// <summary>Who connected the peer of a unix stream (SO_PEERCRED); null when the socket is none.</summary>
    public static unsafe PeerCredentials? Peer(int fd)
    {
        PeerCredentials peer;
        var length = (uint)sizeof(PeerCredentials);
        return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer : null;
    }
}

/// <summary><c>struct iovec</c> (sys/uio.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Iovec
{
    public byte* Base;
    public nuint Length;
}

/// <summary><c>struct linger</c> (sys/socket.h); seconds.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Linger
{
    public int OnOff;
    public int Seconds;
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>epoll(7) and timerfd_create(2); numbers from sys/epoll.h and sys/timerfd.h, the same on x86-64 and arm64.</summary>
internal static partial class Libc
{
    public const uint EPOLLIN = 0x1;
    public const uint EPOLLPRI = 0x2;
    public const uint EPOLLOUT = 0x4;
    public const uint EPOLLERR = 0x8;
    public const uint EPOLLHUP = 0x10;
    public const uint EPOLLRDHUP = 0x2000;
    public const uint EPOLLET = 0x80000000;
    public const int EPOLL_CLOEXEC = 0x80000;
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;
    public const int CLOCK_MONOTONIC = 1;
    public const int TFD_CLOEXEC = 0x80000;
    public const int TFD_NONBLOCK = 0x800;

    /// <summary>epoll_ctl(2); the event as <see cref="EpollEvents"/> lays it out. EEXIST, ENOENT, ENOMEM, ENOSPC (max_user_watches).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial int epoll_ctl(int epfd, int op, int fd, byte* ev);

    /// <summary>epoll_wait(2); <paramref name="timeout"/> in milliseconds, -1 for ever. Returns the number of events. EINTR.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial int epoll_wait(int epfd, byte* events, int maxevents, int timeout);

    /// <summary>timerfd_create(2); the caller owns the descriptor. EMFILE.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int timerfd_create(int clockid, int flags);

    /// <summary>timerfd_settime(2): a value of 0 stops it. EINVAL.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial int timerfd_settime(int fd, int flags, Itimerspec* value, Itimerspec* old);
}

/// <summary><c>struct itimerspec</c> (sys/timerfd.h): seconds and nanoseconds.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Itimerspec
{
    public long IntervalSeconds;
    public long IntervalNanoseconds;
    public long ValueSeconds;
    public long ValueNanoseconds;
}

/// <summary>
/// An array of <c>struct epoll_event</c> (sys/epoll.h), which is packed on x86-64 and on no other architecture, so that no single
/// structure of ours can stand for it.
/// </summary>
internal static unsafe class EpollEvents
{
    /// <summary>Bytes of one event.</summary>
    public static readonly int Size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    /// <summary>Where its <c>data</c> is.</summary>
    public static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    /// <summary>What happened to the descriptor.</summary>
    public static uint Flags(byte* events, int index) => Unsafe.ReadUnaligned<uint>(events + (index * Size));

    /// <summary>What was noted for it at EPOLL_CTL_ADD.</summary>
    public static ulong Data(byte* events, int index) => Unsafe.ReadUnaligned<ulong>(events + (index * Size) + DataOffset);

    /// <summary>epoll_ctl(2) with one event.</summary>
    public static int Control(int epfd, int op, int fd, uint flags, ulong data)
    {
        var one = stackalloc byte[16];
        Unsafe.WriteUnaligned(one, flags);
        Unsafe.WriteUnaligned(one + DataOffset, data);
        return Libc.epoll_ctl(epfd, op, fd, one);
    }
}

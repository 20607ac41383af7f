using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>poll(2) and eventfd(2).</summary>
internal static partial class Libc
{
    public const short POLLIN = 1;
    public const short POLLOUT = 4;
    public const short POLLERR = 8;
    public const short POLLHUP = 16;
    public const int EFD_CLOEXEC = 0x80000;
    public const int EFD_NONBLOCK = 0x800;

    /// <summary>poll(2); <paramref name="timeout"/> in milliseconds, -1 for ever. Returns the number of entries with events. EINTR.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial int poll(Pollfd* fds, nuint nfds, int timeout);
}

/// <summary><c>struct pollfd</c> (poll.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Pollfd
{
    public int Fd;
    public short Events;
    public short Revents;
}

/// <summary>Looks at one descriptor.</summary>
internal static class PollOnce
{
    /// <summary>Waits until there is something to read; a pidfd (pidfd_open(2)) is readable when its process has ended.</summary>
    /// <exception cref="LinuxException">Anything but EINTR.</exception>
    public static unsafe void AwaitReadable(int fd)
    {
        var poll = new Pollfd { Fd = fd, Events = Libc.POLLIN };
        while (Libc.poll(&poll, 1, -1) < 0)
        {
            if (Errno.Last != Errno.EINTR)
            {
                throw new LinuxException("poll", Errno.Last);
            }
        }
    }

    /// <summary>Whether the other side is gone (POLLHUP, POLLERR); does not wait.</summary>
    public static unsafe bool HungUp(int fd)
    {
        var poll = new Pollfd { Fd = fd };
        return Libc.poll(&poll, 1, 0) > 0 && (poll.Revents & (Libc.POLLHUP | Libc.POLLERR)) != 0;
    }
}

/// <summary>Wakes a thread that sits in poll(2).</summary>
internal sealed class WakeUp : IDisposable
{
    private readonly FileDescriptor _event =
        new(Errno.ThrowIfFailed(LibC.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK), "eventfd"));

    /// <summary>The descriptor to poll for POLLIN; owned by this object.</summary>
    public int Fd => _event.Number;

    /// <summary>Makes <see cref="Fd"/> readable until <see cref="Clear"/>. From any thread, also after the end of this object.</summary>
    public unsafe void Set() => _event.Use(fd =>
    {
        ulong one = 1;
        return Errno.ThrowIfFailed(Libc.write(fd, (byte*)&one, sizeof(ulong)), "write(eventfd)");
    });

    /// <summary>Makes <see cref="Fd"/> unreadable until the next <see cref="Set"/>.</summary>
    public unsafe void Clear()
    {
        ulong count;
        if (Libc.read(_event.Number, (byte*)&count, sizeof(ulong)) < 0 && Errno.Last != Errno.EAGAIN)
        {
            throw new LinuxException("read(eventfd)", Errno.Last);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _event.Dispose();
}

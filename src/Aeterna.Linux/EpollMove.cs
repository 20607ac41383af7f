using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// Puts another file in the place of one in an epoll set. The kernel knows a registration by the file and the number that the file has in the
/// table of whoever registers it (epoll(7)); its program will name it by its own number. So this is done in a table of descriptors of its own, where any
/// number can be given to any file.
/// </summary>
internal static unsafe partial class EpollMove
{
    private const uint CLOSE_RANGE_UNSHARE = 2;

    // Beyond every number that there can be: nothing is closed, the table only becomes the thread's own.
    private const uint BeyondAll = int.MaxValue;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close_range(uint first, uint last, uint flags);

    [LibraryImport("libc")]
    [SuppressGCTransition]
    private static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc")]
    [SuppressGCTransition]
    private static partial int dup3(int fd, int number, int flags);

    [LibraryImport("libc")]
    [SuppressGCTransition]
    private static partial int close(int fd);

    [LibraryImport("libc")]
    [SuppressGCTransition]
    private static partial int epoll_ctl(int epoll, int operation, int fd, byte* one);

    /// <summary>Registers <paramref name="replacement"/> as <paramref name="old"/> was. All descriptors stay the caller's.</summary>
    /// <param name="old">The file that was registered.</param>
    /// <param name="replacement">The file that is to be.</param>
    /// <param name="registrations">Sets (our duplicates), and what to make of each.</param>
    /// <returns>0, or the first errno: EMFILE, EBADF (a number above our own limit), ENOSPC (fs.epoll.max_user_watches), EPERM.</returns>
    public static int Replace(int old, int replacement, IReadOnlyList<(int Epoll, EpollRegistration Registration)> registrations)
    {
        var error = 0;
        var thread = new Thread(() => error = Work(old, replacement, registrations)) { IsBackground = true, Name = "epoll registrations" };
        thread.Start();
        thread.Join();
        return error;
    }

    private static int Work(int old, int replacement, IReadOnlyList<(int Epoll, EpollRegistration Registration)> registrations)
    {
        // Once for nothing: between here and the end no code may have to be compiled or looked up, since the runtime would miss its descriptors.
        Exchange(-1, -1, -1, -1, 0, 0);
        if (close_range(BeyondAll, uint.MaxValue, CLOSE_RANGE_UNSHARE) < 0)
        {
            return Errno.Last;
        }

        var first = 0;
        foreach (var (epoll, registration) in registrations)
        {
            var error = Exchange(epoll, old, replacement, registration.Number, registration.Events, registration.Data);
            first = first == 0 ? error : first;
        }

        return first;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Exchange(int epoll, int old, int replacement, int number, uint events, ulong data)
    {
        var one = stackalloc byte[16];
        Unsafe.WriteUnaligned(one, events);
        Unsafe.WriteUnaligned(one + EpollEvents.DataOffset, data);

        // Ours may have the very number that is needed.
        var set = fcntl(epoll, Libc.F_DUPFD_CLOEXEC, number + 1);
        var before = fcntl(old, Libc.F_DUPFD_CLOEXEC, number + 1);
        var after = fcntl(replacement, Libc.F_DUPFD_CLOEXEC, number + 1);
        var kept = fcntl(number, Libc.F_DUPFD_CLOEXEC, number + 1);
        // Each call is made, also in vain: see above.
        var there = dup3(before, number, Libc.O_CLOEXEC);
        _ = epoll_ctl(there < 0 ? -1 : set, Libc.EPOLL_CTL_DEL, number, one); // Gone with its file, unless another process has that too.
        there = dup3(after, number, Libc.O_CLOEXEC);
        var result = epoll_ctl(there < 0 ? -1 : set, Libc.EPOLL_CTL_ADD, number, one);
        var error = Marshal.GetLastSystemError();
        _ = kept >= 0 ? dup3(kept, number, Libc.O_CLOEXEC) : close(number);
        _ = close(kept);
        _ = close(after);
        _ = close(before);
        _ = close(set);
        return result == 0 || error == Errno.EEXIST ? 0 : error; // One set can be there under two numbers.
    }
}

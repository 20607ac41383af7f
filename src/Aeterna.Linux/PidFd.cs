using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Descriptors that stand for a process (pidfd_open(2), pidfd_getfd(2), pidfd_send_signal(2)); numbers from asm-generic/unistd.h.</summary>
internal static partial class PidFd
{
    private const long NR_pidfd_send_signal = 424;
    private const long NR_pidfd_open = 434;
    private const long NR_pidfd_getfd = 438;

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long a, long b, long c, long d);

    /// <summary>Opens a process (a thread group leader). The caller owns the descriptor, which is CLOEXEC. Null with ESRCH when it is gone.</summary>
    /// <exception cref="LinuxException">EMFILE, EINVAL (not a leader).</exception>
    public static FileDescriptor? TryOpen(int pid)
    {
        var fd = syscall(NR_pidfd_open, pid, 0, 0, 0);
        if (fd < 0 && Errno.Last == Errno.ESRCH)
        {
            return null;
        }

        return new FileDescriptor((int)Errno.ThrowIfFailed(fd, "pidfd_open"));
    }

    /// <summary>
    /// A duplicate of another process's descriptor: the same open file description. The caller owns it; it is CLOEXEC.
    /// Needs PTRACE_MODE_ATTACH rights over the process.
    /// </summary>
    /// <exception cref="LinuxException">EBADF, EPERM, ESRCH, EMFILE.</exception>
    public static FileDescriptor GetFd(FileDescriptor process, int fd) =>
        new((int)Errno.ThrowIfFailed(syscall(NR_pidfd_getfd, process.Number, fd, 0, 0), "pidfd_getfd"));

    /// <summary>Sends a signal to exactly this process, never to one that reuses its number. False with ESRCH when it is gone.</summary>
    /// <exception cref="LinuxException">EPERM, EINVAL.</exception>
    public static bool Signal(FileDescriptor process, int signal)
    {
        var result = syscall(NR_pidfd_send_signal, process.Number, signal, 0, 0);
        if (result < 0 && Errno.Last == Errno.ESRCH)
        {
            return false;
        }

        Errno.ThrowIfFailed(result, "pidfd_send_signal");
        return true;
    }
}

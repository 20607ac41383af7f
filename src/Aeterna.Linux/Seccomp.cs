using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>seccomp(2) and seccomp_unotify(2): filters and the user notification descriptor (linux/seccomp.h).</summary>
internal static partial class Seccomp
{
    public const uint SECCOMP_SET_MODE_FILTER = 1;
    public const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3;
    public const uint SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 1 << 5;
    public const uint SECCOMP_RET_ALLOW = 0x7fff0000;
    public const uint SECCOMP_RET_USER_NOTIF = 0x7fc00000;
    public const uint SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;
    public const uint SECCOMP_ADDFD_FLAG_SETFD = 1;
    public const uint SECCOMP_ADDFD_FLAG_SEND = 2;
    public const uint SECCOMP_IOCTL_NOTIF_RECV = 0xC0502100;
    public const uint SECCOMP_IOCTL_NOTIF_SEND = 0xC0182101;
    public const uint SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102;
    public const uint SECCOMP_IOCTL_NOTIF_ADDFD = 0x40182103;
    public const uint SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104;
    public const uint SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 1;

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial long syscall(long number, long operation, long flags, SockFprog* program);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int ioctl(int fd, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ioctl_value(int fd, nuint request, ulong value);

    /// <summary>
    /// Puts a filter on the calling thread, to be inherited by all that it starts. Needs CAP_SYS_ADMIN or no_new_privs.
    /// Returns the notification descriptor (CLOEXEC), which the caller owns.
    /// </summary>
    /// <exception cref="LinuxException">EACCES (neither privilege nor no_new_privs), EBUSY (a listener exists already),
    /// EINVAL, ENOSYS (no seccomp in this kernel).</exception>
    public static unsafe int InstallWithListener(ReadOnlySpan<SockFilter> program)
    {
        fixed (SockFilter* instructions = program)
        {
            var fprog = new SockFprog { Len = (ushort)program.Length, Filter = instructions };

            // WAIT_KILLABLE_RECV (Linux 5.19): once a notification has been received, a signal does not interrupt the call any more, which
            // would make it end with EINTR, or be answered twice. Before that it still does, so it has to be received at once.
            const uint killable = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
            var fd = syscall(SyscallTable.Native.Seccomp, SECCOMP_SET_MODE_FILTER, killable, &fprog);
            if (fd < 0 && Errno.Last == Errno.EINVAL)
            {
                fd = syscall(SyscallTable.Native.Seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &fprog);
            }

            return (int)Errno.ThrowIfFailed(fd, "seccomp");
        }
    }

    /// <summary>
    /// Has whoever waits in <see cref="Receive(int, out SeccompNotif)"/> wake up on the caller's own processor, which the caller is about to leave: the time between
    /// call and receipt is then a tenth. Only an advice: kernels before Linux 6.6 do not know it.
    /// </summary>
    public static void WakeOnSameProcessor(int listener) =>
        _ = ioctl_value(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);

    /// <summary>Takes the next notification; blocks when there is none, for any number of threads at once. False when the caller died
    /// meanwhile or, from Linux 6.11, the last one has ended (ENOENT), or a signal came (EINTR).</summary>
    /// <exception cref="LinuxException">Any other error.</exception>
    public static unsafe bool Receive(int listener, out SeccompNotif notification)
    {
        notification = default; // The kernel insists on zeroes.
        fixed (SeccompNotif* p = &notification)
        {
            return Receive(listener, p);
        }
    }

    /// <summary>The same into memory that is all zeroes and does not move.</summary>
    public static unsafe bool Receive(int listener, SeccompNotif* notification)
    {
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, notification) == 0)
        {
            return true;
        }

        return Errno.Last is Errno.ENOENT or Errno.EINTR ? false : throw new LinuxException("SECCOMP_IOCTL_NOTIF_RECV", Errno.Last);
    }

    /// <summary>Answers a notification: the call returns <paramref name="value"/>, or fails with <paramref name="errno"/>, or is
    /// carried out by the kernel (<paramref name="flags"/> = CONTINUE). False when the caller is gone (ENOENT).</summary>
    /// <exception cref="LinuxException">Any other error.</exception>
    public static unsafe bool Send(int listener, ulong id, long value, int errno, uint flags)
    {
        var response = new SeccompNotifResp { Id = id, Val = value, Error = -errno, Flags = flags };
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0)
        {
            return true;
        }

        return Errno.Last == Errno.ENOENT ? false : throw new LinuxException("SECCOMP_IOCTL_NOTIF_SEND", Errno.Last);
    }

    /// <summary>Whether the caller still waits: what was read from its memory before is its own only then.</summary>
    public static unsafe bool IsValid(int listener, ulong id) => ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;

    /// <summary>Puts a duplicate of <paramref name="fd"/> in place of the caller's descriptor <paramref name="target"/>, and leaves the
    /// call waiting. False when the caller is gone (ENOENT).</summary>
    /// <param name="listener">The notification descriptor.</param>
    /// <param name="id">The notification.</param>
    /// <param name="fd">Ours; stays ours.</param>
    /// <param name="target">The caller's number; what it was before is closed there.</param>
    /// <param name="closeOnExec">Whether it is CLOEXEC in the caller.</param>
    /// <exception cref="LinuxException">EMFILE in the caller, EBADF, EINPROGRESS.</exception>
    public static bool Replace(int listener, ulong id, int fd, int target, bool closeOnExec) =>
        Add(listener, id, fd, target, closeOnExec, SECCOMP_ADDFD_FLAG_SETFD);

    /// <summary>Like <see cref="Replace"/>, and in the same step answers the call with the number (Linux 5.14).</summary>
    /// <exception cref="LinuxException">EBADF: the number is above the caller's limit of open descriptors.</exception>
    public static bool AnswerWith(int listener, ulong id, int fd, int target, bool closeOnExec) =>
        Add(listener, id, fd, target, closeOnExec, SECCOMP_ADDFD_FLAG_SETFD | SECCOMP_ADDFD_FLAG_SEND);

    private static unsafe bool Add(int listener, ulong id, int fd, int target, bool closeOnExec, uint flags)
    {
        var request = new SeccompNotifAddfd
        {
            Id = id,
            Flags = flags,
            Srcfd = (uint)fd,
            Newfd = (uint)target,
            NewfdFlags = closeOnExec ? (uint)Libc.O_CLOEXEC : 0,
        };
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &request) >= 0)
        {
            return true;
        }

        return Errno.Last == Errno.ENOENT ? false : throw new LinuxException("SECCOMP_IOCTL_NOTIF_ADDFD", Errno.Last);
    }
}

/// <summary><c>struct seccomp_data</c> (linux/seccomp.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SeccompData
{
    public int Nr;
    public uint Arch;
    public ulong InstructionPointer;
    public fixed ulong Args[6];
}

/// <summary><c>struct seccomp_notif</c> (linux/seccomp.h). <c>Pid</c> is a thread id in this process's pid namespace, 0 if not visible.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeccompNotif
{
    public ulong Id;
    public uint Pid;
    public uint Flags;
    public SeccompData Data;
}

/// <summary><c>struct seccomp_notif_resp</c> (linux/seccomp.h). <c>Error</c> is a negative errno.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeccompNotifResp
{
    public ulong Id;
    public long Val;
    public int Error;
    public uint Flags;
}

/// <summary><c>struct seccomp_notif_addfd</c> (linux/seccomp.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeccompNotifAddfd
{
    public ulong Id;
    public uint Flags;
    public uint Srcfd;
    public uint Newfd;
    public uint NewfdFlags;
}

using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Error numbers (asm-generic/errno-base.h, errno.h); the same on x86-64 and arm64.</summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int EBADF = 9;
    public const int ECHILD = 10;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EFAULT = 14;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int ENOTDIR = 20;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int ENOSPC = 28;
    public const int EPIPE = 32;
    public const int ENOSYS = 38;
    public const int ENOTEMPTY = 39;
    public const int ELOOP = 40;
    public const int ENOPROTOOPT = 92;
    public const int EMSGSIZE = 90;
    public const int EOPNOTSUPP = 95;
    public const int EADDRINUSE = 98;
    public const int EADDRNOTAVAIL = 99;
    public const int ECONNABORTED = 103;
    public const int ECONNRESET = 104;
    public const int ENOBUFS = 105;
    public const int ECONNREFUSED = 111;

    /// <summary>For a call that the kernel is to interrupt or to make anew, as the handler of the signal says that waits for the thread. Never seen
    /// by a program, as long as a signal does wait (linux/errno.h).</summary>
    public const int ERESTARTSYS = 512;

    /// <summary>The error of the last import that failed on this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>What libc says of it, as in "Address already in use".</summary>
    public static string Text(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    /// <summary>Throws for a call that returned -1.</summary>
    public static int ThrowIfFailed(int result, string call) => result >= 0 ? result : throw new LinuxException(call, Last);

    /// <summary>Throws for a call that returned -1.</summary>
    public static long ThrowIfFailed(long result, string call) => result >= 0 ? result : throw new LinuxException(call, Last);
}

/// <summary>A system call failed.</summary>
/// <param name="call">The call's name.</param>
/// <param name="errno">Its error.</param>
internal sealed class LinuxException(string call, int errno)
    : Exception($"{call}: {Aeterna.Linux.Errno.Text(errno)} (errno {errno})")
{
    /// <summary>The error number.</summary>
    public int Number { get; } = errno;

    /// <summary>The call that failed.</summary>
    public string Call { get; } = call;
}

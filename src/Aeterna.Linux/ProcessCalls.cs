using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>What a process does to itself on its way to execve(2).</summary>
internal static partial class Libc
{
    public const int PR_SET_NAME = 15;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int PR_GET_NO_NEW_PRIVS = 39;

    /// <summary>prctl(2) with one argument (sys/prctl.h, linux/prctl.h).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);

    /// <summary>chdir(2). ENOENT, EACCES, ENOTDIR.</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int chdir(string path);

    /// <summary>fchmod(2). EPERM, EBADF.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchmod(int fd, uint mode);

    /// <summary>umask(2): never fails; returns the mask before.</summary>
    [LibraryImport("libc")]
    public static partial int umask(int mask);

    /// <summary>setgroups(2), for all threads of the process. EPERM.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial int setgroups(nuint count, uint* groups);

    /// <summary>geteuid(2): never fails.</summary>
    [LibraryImport("libc")]
    public static partial uint geteuid();

    /// <summary>getegid(2): never fails.</summary>
    [LibraryImport("libc")]
    public static partial uint getegid();
}

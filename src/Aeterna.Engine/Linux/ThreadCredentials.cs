using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// What one thread of this process can have for itself: working directory and umask after unshare(CLONE_FS), and its file
/// system user and group (setfsuid(2), by thread when called without libc's wrapper for all threads).
/// </summary>
internal static partial class ThreadCredentials
{
    private const int CLONE_FS = 0x200;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchdir(int fd);

    [LibraryImport("libc")]
    private static partial int setfsuid(uint uid);

    [LibraryImport("libc")]
    private static partial int setfsgid(uint gid);

    /// <summary>Gives the calling thread its own working directory and umask. Needs no privilege.</summary>
    /// <exception cref="LinuxException">EPERM (a seccomp filter around the engine), ENOMEM.</exception>
    public static void OwnDirectoryAndUmask() => Errno.ThrowIfFailed(unshare(CLONE_FS), "unshare(CLONE_FS)");

    /// <summary>Makes a folder the thread's working directory.</summary>
    /// <exception cref="LinuxException">EACCES, EBADF.</exception>
    public static void Enter(FileDescriptor folder) => Errno.ThrowIfFailed(fchdir(folder.Number), "fchdir");

    /// <summary>Makes the thread's file accesses those of a user and group. Silent when the engine lacks the privilege: then
    /// only its own are allowed, which are the service's as well.</summary>
    public static void ActAs(uint uid, uint gid)
    {
        // The group first: giving up the user takes away the right to change it.
        if (uid == Libc.geteuid())
        {
            _ = setfsuid(uid);
            _ = setfsgid(gid);
        }
        else
        {
            _ = setfsgid(gid);
            _ = setfsuid(uid);
        }
    }
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Linux;

/// <summary>setsid(2), dup2(2) and geteuid(2): what a process needs to leave the terminal that started it.</summary>
internal static partial class Session
{
    /// <summary>Makes the process the leader of a new session without a terminal.</summary>
    /// <exception cref="IOException">EPERM: it leads a process group already.</exception>
    public static void Begin()
    {
        if (LibC.setsid() < 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    /// <summary>Puts a file in the place of a descriptor. The handle stays the caller's; the copy survives execve.</summary>
    /// <exception cref="IOException">dup2's errno.</exception>
    public static void Replace(int descriptor, SafeFileHandle file)
    {
        if (dup2(file, descriptor) < 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    /// <summary>The effective user id. Never fails.</summary>
    public static uint EffectiveUser() => geteuid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int dup2(SafeFileHandle oldfd, int newfd);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}

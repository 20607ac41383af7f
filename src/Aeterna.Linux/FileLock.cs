using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Linux;

/// <summary>
/// flock(2). The lock belongs to the open file description: it ends when the last descriptor of it is closed, so also when the
/// process is killed. <c>LOCK_*</c> from <c>&lt;sys/file.h&gt;</c>.
/// </summary>
internal static partial class FileLock
{
    private const int LOCK_EX = 2;
    private const int LOCK_NB = 4;
    private const int EWOULDBLOCK = 11;
    private const int EINTR = 4;

    /// <summary>Takes the lock for writing without waiting. The caller keeps ownership of the handle.</summary>
    /// <returns>False when another open file holds it (EWOULDBLOCK).</returns>
    /// <exception cref="IOException">Any other errno.</exception>
    public static bool TryTake(SafeFileHandle file)
    {
        while (flock(file, LOCK_EX | LOCK_NB) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case EWOULDBLOCK:
                    return false;
                case EINTR:
                    continue;
                default:
                    throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            }
        }

        return true;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle fd, int operation);
}

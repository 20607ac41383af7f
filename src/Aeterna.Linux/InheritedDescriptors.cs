using System.Globalization;

namespace Aeterna.Linux;

/// <summary>
/// Descriptors that the process was started with. They are the ones without FD_CLOEXEC (fcntl(2)): exec has closed the others, and
/// the runtime and this program set it on all that they open.
/// </summary>
internal static partial class InheritedDescriptors
{
    private const int FirstAfterStandard = 3;
    private const int F_GETFD = 1;
    private const int FD_CLOEXEC = 1;

    /// <summary>Closes all but the standard three, so that a caller's pipe does not stay open for as long as this process lives.</summary>
    public static void Close()
    {
        foreach (var entry in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor)
                && descriptor >= FirstAfterStandard
                && LibC.fcntl(descriptor, F_GETFD, 0) is >= 0 and var flags
                && (flags & FD_CLOEXEC) == 0)
            {
                _ = LibC.close(descriptor);
            }
        }
    }
}

using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Whether a program's file gives those who execute it more than they have: set-user-ID, set-group-ID or capabilities (execve(2)).</summary>
internal static unsafe partial class FilePrivileges
{
    private const UnixFileMode SetId = UnixFileMode.SetUser | UnixFileMode.SetGroup;

    /// <summary>False also for a file that cannot be looked at.</summary>
    public static bool Of(string path)
    {
        try
        {
            return (File.GetUnixFileMode(path) & SetId) != 0 || getxattr(path, "security.capability", null, 0) > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The length of the value. ENODATA.</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getxattr(string path, string name, void* value, nuint size);
}

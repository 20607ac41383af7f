using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>readlink(2).</summary>
internal static partial class Libc
{
    /// <summary>readlink(2): bytes of the target, not ended by NUL and cut off at <paramref name="size"/>. ENOENT, EACCES, EINVAL (no link).</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial nint readlink(string path, byte* buffer, nuint size);

    /// <summary>The text of a symbolic link as it stands there, which need not be a path; bytes that are no UTF-8 become U+FFFD. Null when it
    /// cannot be read (also: longer than PATH_MAX, which the kernel refuses for those of /proc).</summary>
    public static unsafe string? ReadLink(string path)
    {
        const int longest = 4096;
        var target = stackalloc byte[longest];
        var length = readlink(path, target, longest);
        return length < 0 ? null : System.Text.Encoding.UTF8.GetString(target, (int)length);
    }
}

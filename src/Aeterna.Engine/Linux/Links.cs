using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>readlink(2).</summary>
internal static partial class Libc
{
    /// <summary>readlink(2): bytes of the target, not ended by NUL and cut off at <paramref name="size"/>. ENOENT, EACCES, EINVAL (no link).</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial nint readlink(string path, byte* buffer, nuint size);
}

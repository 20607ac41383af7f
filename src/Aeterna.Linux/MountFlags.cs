using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>How the file system behind a path is mounted (statvfs(3)).</summary>
internal static partial class MountFlags
{
    private const ulong ST_RDONLY = 1;

    /// <summary><c>struct statvfs</c> (sys/statvfs.h) on 64-bit machines, 112 bytes; only what is used.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 112)]
    internal struct Statvfs
    {
        [FieldOffset(72)]
        public ulong Flag;
    }

    /// <summary>Whether nothing can be written there; false when that cannot be known (any errno).</summary>
    public static unsafe bool IsReadOnly(string path)
    {
        Statvfs result;
        return statvfs(path, &result) == 0 && (result.Flag & ST_RDONLY) != 0;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statvfs(string path, Statvfs* result);
}

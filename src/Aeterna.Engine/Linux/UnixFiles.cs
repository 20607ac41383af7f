using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Files by name relative to a folder (unlinkat(2), renameat2(2), statx(2)).</summary>
internal static partial class UnixFiles
{
    public const int AT_FDCWD = -100;
    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const uint STATX_TYPE = 1;
    private const uint STATX_INO = 0x100;

    /// <summary><c>struct statx</c> (linux/stat.h), 256 bytes; only what is used.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        [FieldOffset(0)]
        public uint Mask;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(int folder, string path, int flags, uint mask, Statx* result);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlink(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);

    /// <summary>Which file a name stands for, without following a link at its end. Null when there is none or it cannot be looked at.</summary>
    /// <param name="folder">A descriptor, or AT_FDCWD for the thread's working directory.</param>
    /// <param name="path">The name.</param>
    public static unsafe FileIdentity? Identify(int folder, string path)
    {
        Statx result;
        return path.Length > 0 && statx(folder, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_INO, &result) == 0
            ? new FileIdentity(result.DeviceMajor, result.DeviceMinor, result.Inode)
            : null;
    }

    /// <summary>unlink(2); false with <see cref="Errno.Last"/>.</summary>
    public static bool Unlink(string path) => unlink(path) == 0;

    /// <summary>renameat2(2); 0 or an errno.</summary>
    public static int Rename(int oldFolder, string oldPath, int newFolder, string newPath, uint flags) =>
        renameat2(oldFolder, oldPath, newFolder, newPath, flags) == 0 ? 0 : Errno.Last;
}

/// <summary>A file, whatever its names are.</summary>
internal readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode);

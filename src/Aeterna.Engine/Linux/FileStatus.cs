using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Linux;

/// <summary>
/// statx(2): what .NET does not tell of a file. <c>struct statx</c> of <c>&lt;linux/stat.h&gt;</c> is 256 bytes and the same on
/// every architecture.
/// </summary>
/// <param name="Mode">Type and permission bits, as in <c>st_mode</c>.</param>
/// <param name="Uid">Owner.</param>
/// <param name="Inode">Inode number.</param>
internal readonly partial record struct FileStatus(int Mode, uint Uid, ulong Inode)
{
    private const int AT_FDCWD = -100;
    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const int AT_EMPTY_PATH = 0x1000;
    private const uint STATX_BASIC_STATS = 0x7ff;
    private const int ENOENT = 2;
    private const int ENOTDIR = 20;
    private const int S_IFMT = 0xf000;
    private const int S_IFREG = 0x8000;
    private const int S_IFSOCK = 0xc000;
    private const int S_IFLNK = 0xa000;

    /// <summary>It is a unix socket.</summary>
    public bool IsSocket => (Mode & S_IFMT) == S_IFSOCK;

    /// <summary>It is a regular file.</summary>
    public bool IsRegular => (Mode & S_IFMT) == S_IFREG;

    /// <summary>It is a symbolic link.</summary>
    public bool IsLink => (Mode & S_IFMT) == S_IFLNK;

    /// <summary>Anyone may write, and anyone may replace what is in it (no sticky bit).</summary>
    public bool IsOpenToAll => (Mode & 0x202) is 0x002;

    /// <summary>The status of a path, of a symbolic link itself; null if there is nothing.</summary>
    /// <exception cref="IOException">Any errno but ENOENT and ENOTDIR.</exception>
    public static FileStatus? Of(string path)
    {
        if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, out var status) == 0)
        {
            return new FileStatus(status.stx_mode, status.stx_uid, status.stx_ino);
        }

        return Marshal.GetLastPInvokeError() is ENOENT or ENOTDIR
            ? null
            : throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>The status of an open file, which stays the caller's.</summary>
    /// <exception cref="IOException">statx's errno.</exception>
    public static FileStatus Of(SafeFileHandle file) => statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, out var status) == 0
        ? new FileStatus(status.stx_mode, status.stx_uid, status.stx_ino)
        : throw new IOException(Marshal.GetLastPInvokeErrorMessage());

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(SafeFileHandle dirfd, string pathname, int flags, uint mask, out Statx statxbuf);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int dirfd, string pathname, int flags, uint mask, out Statx statxbuf);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(20)]
        public uint stx_uid;

        [FieldOffset(28)]
        public ushort stx_mode;

        [FieldOffset(32)]
        public ulong stx_ino;
    }
}

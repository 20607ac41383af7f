using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// statx(2): what .NET does not tell of a file. <c>struct statx</c> of <c>&lt;linux/stat.h&gt;</c> is 256 bytes and the same on
/// every architecture.
/// </summary>
/// <param name="Mode">Type and permission bits, as in <c>st_mode</c>.</param>
/// <param name="Uid">Owner.</param>
/// <param name="Gid">Group.</param>
/// <param name="Identity">Which file it is.</param>
internal readonly partial record struct FileStatus(int Mode, uint Uid, uint Gid, FileIdentity Identity)
{
    private const int AT_FDCWD = -100;
    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const int AT_EMPTY_PATH = 0x1000;
    private const uint STATX_BASIC_STATS = 0x7ff;
    private const int ENOENT = 2;
    private const int ENOTDIR = 20;
    private const int S_ISVTX = 0x200;
    private const int S_IFMT = 0xf000;
    private const int S_IFIFO = 0x1000;
    private const int S_IFCHR = 0x2000;
    private const int S_IFDIR = 0x4000;
    private const int S_IFBLK = 0x6000;
    private const int S_IFREG = 0x8000;
    private const int S_IFSOCK = 0xc000;
    private const int S_IFLNK = 0xa000;

    /// <summary>Inode number.</summary>
    public ulong Inode => Identity.Inode;

    /// <summary>It is a unix socket.</summary>
    public bool IsSocket => (Mode & S_IFMT) == S_IFSOCK;

    /// <summary>It is a regular file.</summary>
    public bool IsRegular => (Mode & S_IFMT) == S_IFREG;

    /// <summary>It is a folder.</summary>
    public bool IsFolder => (Mode & S_IFMT) == S_IFDIR;

    /// <summary>It is a pipe, with or without a name.</summary>
    public bool IsPipe => (Mode & S_IFMT) == S_IFIFO;

    /// <summary>It is a device, by characters or by blocks.</summary>
    public bool IsDevice => (Mode & S_IFMT) is S_IFCHR or S_IFBLK;

    /// <summary>Somebody may execute it (of a folder: pass through).</summary>
    public bool IsExecutable => (Mode & 0x49) != 0;

    /// <summary>Bytes.</summary>
    public long Size { get; private init; }

    /// <summary>When its content was last changed.</summary>
    public DateTimeOffset Modified { get; private init; }

    /// <summary>It is a symbolic link.</summary>
    public bool IsLink => (Mode & S_IFMT) == S_IFLNK;

    /// <summary>Anyone may write, and anyone may replace what is in it (no sticky bit).</summary>
    public bool IsOpenToAll => (Mode & 0x202) is 0x002;

    /// <summary>
    /// It is a folder of root's or of <paramref name="user"/>'s, in which nobody else can put anything in another's place: nobody else may
    /// write there, or, with the sticky bit, only to what is his own.
    /// </summary>
    public bool IsSafeFolder(uint user, uint group) =>
        IsFolder && IsSafeOwner(user) && ((Mode & S_ISVTX) != 0 || ((Mode & 2) == 0 && ((Mode & 0x10) == 0 || Gid == 0 || Gid == group)));

    /// <summary>It belongs to root or to <paramref name="user"/>.</summary>
    public bool IsSafeOwner(uint user) => Uid == 0 || Uid == user;

    /// <summary>The status of a path, of a symbolic link itself; null if there is nothing.</summary>
    /// <exception cref="IOException">Any errno but ENOENT and ENOTDIR.</exception>
    public static FileStatus? Of(string path) => Of(AT_FDCWD, path);

    /// <summary>The status of a name in a folder, of a symbolic link itself; null if there is nothing.</summary>
    /// <param name="folder">A descriptor, or AT_FDCWD for the thread's working directory.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="IOException">Any errno but ENOENT and ENOTDIR.</exception>
    public static FileStatus? Of(int folder, string name)
    {
        if (statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, out var status) == 0)
        {
            return From(status);
        }

        return Marshal.GetLastPInvokeError() is ENOENT or ENOTDIR
            ? null
            : throw new IOException($"{name}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>The status of an open file, which stays the caller's.</summary>
    /// <exception cref="IOException">statx's errno.</exception>
    public static FileStatus Of(SafeHandle file) => statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, out var status) == 0
        ? From(status)
        : throw new IOException(Marshal.GetLastPInvokeErrorMessage());

    /// <summary>The inode of what is open under a number; 0: nothing is.</summary>
    public static ulong InodeOf(int descriptor) => statx(descriptor, "", AT_EMPTY_PATH, STATX_BASIC_STATS, out var status) == 0 ? status.Inode : 0;

    /// <summary>The status of what a path leads to, links followed; also of a <c>/proc/PID/fd/N</c>, which opens nothing. Null on any errno.</summary>
    public static FileStatus? Behind(string path) =>
        statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, out var status) == 0 ? From(status) : null;

    private static FileStatus From(in Statx status) =>
        new(status.Mode, status.Uid, status.Gid, new FileIdentity(status.DeviceMajor, status.DeviceMinor, status.Inode))
        {
            Size = (long)status.Size,
            Modified = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(status.ModifiedSeconds, 0, int.MaxValue)).AddTicks(status.ModifiedNanoseconds / 100),
        };

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(SafeHandle dirfd, string pathname, int flags, uint mask, out Statx statxbuf);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int dirfd, string pathname, int flags, uint mask, out Statx statxbuf);

    /// <summary><c>struct statx</c>; only what is used.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        [FieldOffset(20)]
        public uint Uid;

        [FieldOffset(24)]
        public uint Gid;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}

/// <summary>A file, whatever its names are.</summary>
internal readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode);

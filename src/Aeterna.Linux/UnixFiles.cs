using System.Runtime.InteropServices;
using System.Text;

namespace Aeterna.Linux;

/// <summary>
/// Files by name relative to an open folder (openat2(2), mkdirat(2), fchownat(2), unlinkat(2), renameat2(2)). For <see cref="FilePlace"/>,
/// <see cref="Folder"/> and <see cref="FolderTree"/> alone: they hold the folder that a name is in, and no other code works on names
/// in folders that somebody else may write.
/// </summary>
internal static unsafe partial class UnixFiles
{
    /// <summary>The call that <see cref="Walk"/> names in its errors: what it says of the path is not what the engine may.</summary>
    public const string Walking = "openat2";

    public const int AT_FDCWD = -100;
    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const int AT_EMPTY_PATH = 0x1000;
    private const int AT_REMOVEDIR = 0x200;
    private const long NR_openat2 = 437;
    private const ulong RESOLVE_NO_MAGICLINKS = 0x02;

    /// <summary><c>struct open_how</c> (linux/openat2.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary>
    /// Opens what a path leads to, by the kernel's own rules but without the links of /proc, which would lead a thread of ours to what is
    /// ours and not the caller's. CLOEXEC; the caller owns the descriptor.
    /// </summary>
    /// <exception cref="LinuxException">ENOENT, EACCES, ENOTDIR; ELOOP: by way of such a link.</exception>
    public static FileDescriptor Walk(int folder, string path, int flags)
    {
        var how = new OpenHow { Flags = (uint)(flags | Libc.O_CLOEXEC), Resolve = RESOLVE_NO_MAGICLINKS };
        var fd = openat2(NR_openat2, folder, path, &how, (nuint)sizeof(OpenHow));
        if (fd < 0 && Errno.Last == Errno.ENOSYS)
        {
            fd = openat(folder, path, flags | Libc.O_CLOEXEC, 0); // A container's filter that is older than the call.
        }

        return new FileDescriptor((int)Errno.ThrowIfFailed(fd, Walking));
    }

    /// <summary>openat(2) of a name, which must not be a link. CLOEXEC; the caller owns the descriptor, which is invalid with <see cref="Errno.Last"/>: ELOOP for a link.</summary>
    public static FileDescriptor Open(int folder, string name, int flags, uint mode = 0) =>
        new(openat(folder, name, flags | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, mode));

    /// <summary>The same for a name as the kernel has it, ended by NUL.</summary>
    public static FileDescriptor Open(int folder, ReadOnlySpan<byte> name, int flags)
    {
        fixed (byte* bytes = name)
        {
            return new FileDescriptor(openat(folder, bytes, flags | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0));
        }
    }

    /// <summary>mkdirat(2); 0 or an errno.</summary>
    public static int MakeFolder(int folder, string name, uint mode) => mkdirat(folder, name, mode) == 0 ? 0 : Errno.Last;

    /// <summary>fchownat(2) of what has the name, of a link itself; 0 or an errno.</summary>
    public static int Give(int folder, string name, uint uid, uint gid) => fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : Errno.Last;

    /// <summary>The same of an open file, one with O_PATH too; 0 or an errno.</summary>
    public static int Give(int file, uint uid, uint gid) => fchownat(file, "", uid, gid, AT_EMPTY_PATH) == 0 ? 0 : Errno.Last;

    /// <summary>chmod(2) of an open file, one with O_PATH too, by its link in /proc; 0 or an errno.</summary>
    public static int SetMode(int file, uint mode) => chmod($"/proc/self/fd/{file}", mode) == 0 ? 0 : Errno.Last;

    /// <summary>readlinkat(2): where a link leads; null with <see cref="Errno.Last"/>.</summary>
    public static string? ReadLink(int folder, string name)
    {
        const int longest = 4096;
        var target = stackalloc byte[longest];
        var length = (int)readlinkat(folder, name, target, longest);
        return length < 0 ? null : Encoding.UTF8.GetString(target, length);
    }

    /// <summary>unlinkat(2) of a name as the kernel has it, ended by NUL; 0 or an errno: EISDIR for a folder.</summary>
    /// <param name="folder">The folder that it is in.</param>
    /// <param name="name">The name.</param>
    /// <param name="isFolder">Removes an empty folder, in place of what is none.</param>
    public static int Unlink(int folder, ReadOnlySpan<byte> name, bool isFolder)
    {
        fixed (byte* bytes = name)
        {
            return unlinkat(folder, bytes, isFolder ? AT_REMOVEDIR : 0) == 0 ? 0 : Errno.Last;
        }
    }

    /// <summary>getdents64(2): names of a folder that is open for reading, from where it stands, <c>.</c> and <c>..</c> left out; none at its end.</summary>
    /// <exception cref="LinuxException">ENOENT: it was removed.</exception>
    public static List<byte[]> Names(int folder)
    {
        const int headerBytes = 19; // d_ino, d_off, d_reclen, d_type (struct linux_dirent64)
        const int reclenOffset = 16;
        var buffer = stackalloc byte[16 << 10];
        List<byte[]> names = [];
        while (names.Count == 0)
        {
            var length = Errno.ThrowIfFailed(getdents64(folder, buffer, 16 << 10), "getdents64");
            if (length == 0)
            {
                break;
            }

            for (var at = 0; at < length; at += *(ushort*)(buffer + at + reclenOffset))
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + headerBytes);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    names.Add([.. name, 0]);
                }
            }
        }

        return names;
    }

    /// <summary>Lets <see cref="Names"/> begin anew.</summary>
    public static void Rewind(int folder) => Errno.ThrowIfFailed(lseek(folder, 0, 0), "lseek");

    /// <summary>unlinkat(2) of what is no folder; 0 or an errno.</summary>
    public static int Unlink(int folder, string name) => unlinkat(folder, name, 0) == 0 ? 0 : Errno.Last;

    /// <summary>renameat2(2); 0 or an errno.</summary>
    public static int Rename(int oldFolder, string oldName, int newFolder, string newName, uint flags) =>
        renameat2(oldFolder, oldName, newFolder, newName, flags) == 0 ? 0 : Errno.Last;

    /// <summary>Calls each once, so that the runtime has found it.</summary>
    public static void Rehearse()
    {
        using (Walk(AT_FDCWD, "/", Libc.O_PATH))
        {
            _ = openat(-1, "", 0, 0);
            _ = Unlink(-1, "");
            _ = Rename(-1, "", -1, "", 0);
            _ = FileStatus.Of(AT_FDCWD, "/");
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long openat2(long number, long folder, string path, OpenHow* how, nuint size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int openat(int folder, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int folder, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(int folder, string name, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int fchownat(int folder, string name, uint uid, uint gid, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chmod(string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint readlinkat(int folder, string name, byte* buffer, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getdents64(int folder, byte* buffer, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int file, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlinkat(int folder, byte* name, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int folder, string name, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);
}

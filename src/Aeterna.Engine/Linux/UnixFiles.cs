using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// Files by name relative to an open folder (openat2(2), unlinkat(2), renameat2(2)). For <see cref="FilePlace"/> alone, which holds the
/// folder that a name is in.
/// </summary>
internal static unsafe partial class UnixFiles
{
    public const int AT_FDCWD = -100;
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

        return new FileDescriptor((int)Errno.ThrowIfFailed(fd, "openat2"));
    }

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

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int folder, string name, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);
}

using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Memory behind a descriptor, and the promise that it does not change any more (memfd_create(2), fcntl(2)).</summary>
internal static partial class MemFd
{
    private const uint MFD_CLOEXEC = 1;
    private const uint MFD_ALLOW_SEALING = 2;
    private const int F_ADD_SEALS = 1033;
    private const int F_GET_SEALS = 1034;
    private const int F_SEAL_SEAL = 1;
    private const int F_SEAL_SHRINK = 2;
    private const int F_SEAL_GROW = 4;
    private const int F_SEAL_WRITE = 8;
    private const int SEEK_END = 2;
    private const int Fixed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int fd, long offset, int whence);

    /// <summary>Makes one of a size, all zeroes. The caller owns it.</summary>
    /// <exception cref="LinuxException">EMFILE, ENOSPC, EFBIG.</exception>
    public static FileDescriptor Create(string name, long size)
    {
        var memory = new FileDescriptor(Errno.ThrowIfFailed(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
        try
        {
            Errno.ThrowIfFailed(LibC.ftruncate(memory.Number, size), "ftruncate");
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Makes it unchangeable for ever and everyone.</summary>
    /// <exception cref="LinuxException">EBUSY: it is mapped for writing.</exception>
    public static void Seal(FileDescriptor memory) =>
        Errno.ThrowIfFailed(LibC.fcntl(memory.Number, F_ADD_SEALS, Fixed | F_SEAL_SEAL), "fcntl(F_ADD_SEALS)");

    /// <summary>Whether nobody can write, shrink or grow it any more; false for what is no memfd.</summary>
    public static bool IsSealed(FileDescriptor memory) =>
        LibC.fcntl(memory.Number, F_GET_SEALS, 0) is >= 0 and var seals && (seals & Fixed) == Fixed;

    /// <summary>Its size. Moves its offset.</summary>
    /// <exception cref="LinuxException">ESPIPE: it is no file.</exception>
    public static long Size(FileDescriptor memory) => Errno.ThrowIfFailed(lseek(memory.Number, 0, SEEK_END), "lseek");
}

using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Memory behind a descriptor (memfd_create(2)), mapped as a whole and shared with whoever else maps it: it outlives this process. Pages count as used when they are first written.</summary>
internal sealed unsafe partial class SharedMemory : IDisposable
{
    private const int PROT_READ = 1;
    private const int PROT_WRITE = 2;
    private const int MAP_SHARED = 1;
    private const int MAP_NORESERVE = 0x4000;
    private const int FALLOC_FL_KEEP_SIZE = 1;
    private const int FALLOC_FL_PUNCH_HOLE = 2;

    private nint _address;

    /// <summary>Makes one, all zeroes.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE, ENOMEM.</exception>
    public SharedMemory(string name, long size)
        : this(MemFd.Create(name, size), size)
    {
    }

    /// <summary>Maps one that is there, whose descriptor it takes over.</summary>
    /// <exception cref="LinuxException">ENOMEM; the descriptor is closed then.</exception>
    public SharedMemory(FileDescriptor memory, long size)
    {
        (Memory, Size) = (memory, size);
        try
        {
            _address = (nint)Errno.ThrowIfFailed(mmap(0, (nuint)size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memory.Number, 0), "mmap");
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>The descriptor; this object's.</summary>
    public FileDescriptor Memory { get; }

    /// <summary>Bytes.</summary>
    public long Size { get; }

    /// <summary>Its first byte; not to be used any more once it is disposed.</summary>
    public byte* Address => (byte*)_address;

    /// <summary>Gives pages back to the machine; they are zeroes then. Where the kernel cannot, they stay as they are.</summary>
    public void GiveBack(long offset, long length) => _ = fallocate(Memory.Number, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _address, 0) is not 0 and var address)
        {
            _ = munmap(address, (nuint)Size);
        }

        Memory.Dispose();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(nint address, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(int fd, int mode, long offset, long length);
}

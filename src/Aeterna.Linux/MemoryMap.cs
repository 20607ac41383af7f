using System.Buffers;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// A window on a file as memory (mmap(2)). Only for files that cannot shrink (a sealed memfd): touching what is gone would be SIGBUS.
/// </summary>
internal sealed partial class MemoryMap : MemoryManager<byte>
{
    private const int PROT_READ = 1;
    private const int PROT_WRITE = 2;
    private const int MAP_SHARED = 1;
    private const int MAP_PRIVATE = 2;
    private const int MAP_POPULATE = 0x8000;

    private readonly nuint _length;
    private nint _address;

    /// <summary>Maps a part and brings its pages in.</summary>
    /// <param name="file">Stays the caller's; the window outlives its descriptor.</param>
    /// <param name="offset">A multiple of the page size.</param>
    /// <param name="length">More than 0.</param>
    /// <param name="writable">Also for writing.</param>
    /// <exception cref="LinuxException">ENOMEM, EACCES, ENODEV.</exception>
    public MemoryMap(FileDescriptor file, long offset, int length, bool writable = false)
    {
        _length = (nuint)length;

        // For reading it is private: kernels before 6.7 share no mapping of a file that is sealed against writing.
        var (protection, kind) = writable ? (PROT_READ | PROT_WRITE, MAP_SHARED) : (PROT_READ, MAP_PRIVATE);
        _address = (nint)Errno.ThrowIfFailed(mmap(0, _length, protection, kind | MAP_POPULATE, file.Number, offset), "mmap");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(nint address, nuint length);

    /// <inheritdoc/>
    public override unsafe Span<byte> GetSpan() => new((void*)_address, (int)_length);

    /// <inheritdoc/>
    public override unsafe MemoryHandle Pin(int elementIndex = 0) => new((byte*)_address + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _address, 0) is not 0 and var address)
        {
            _ = munmap(address, _length);
        }
    }
}

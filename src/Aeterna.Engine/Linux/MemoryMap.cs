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
        _address = (nint)Errno.ThrowIfFailed(
            mmap(0, _length, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED | MAP_POPULATE, file.Number, offset), "mmap");
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

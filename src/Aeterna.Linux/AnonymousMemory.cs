using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// Memory straight from the kernel (mmap(2), MAP_ANONYMOUS), which is the machine's again as soon as this is disposed: neither the garbage
/// collector nor malloc keeps it for later. Pages count as used when they are first written.
/// </summary>
internal sealed unsafe partial class AnonymousMemory : CriticalFinalizerObject, IDisposable
{
    private const int PROT_READ = 1;
    private const int PROT_WRITE = 2;
    private const int MAP_PRIVATE = 2;
    private const int MAP_ANONYMOUS = 0x20;

    private nint _address;

    /// <summary>Takes memory.</summary>
    /// <param name="size">Bytes; best a multiple of the page size.</param>
    /// <exception cref="LinuxException">ENOMEM: also at the limit of mappings (vm.max_map_count).</exception>
    public AnonymousMemory(int size)
    {
        Size = size;
        _address = (nint)Errno.ThrowIfFailed(mmap(0, (nuint)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "mmap");
    }

    /// <summary>Gives it back, when nobody has.</summary>
    ~AnonymousMemory() => Release();

    /// <summary>Its first byte; not to be used any more once it is disposed.</summary>
    public byte* Address => (byte*)_address;

    /// <summary>Bytes.</summary>
    public int Size { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(nint address, nuint length);

    private void Release()
    {
        if (Interlocked.Exchange(ref _address, 0) is not 0 and var address)
        {
            _ = munmap(address, (nuint)Size);
        }
    }
}

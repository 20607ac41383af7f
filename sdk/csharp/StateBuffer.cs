using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Sdk;

/// <summary>Bytes of state: an array of this process, or memory that the old process has filled and sealed.</summary>
public sealed unsafe class StateBuffer : IDisposable
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;

    /// <summary>A buffer of this process's bytes.</summary>
    /// <param name="bytes">Not to be changed while a state with them is given.</param>
    public StateBuffer(ReadOnlyMemory<byte> bytes) => (_bytes, Length) = (bytes, bytes.Length);

    private StateBuffer(MemoryMappedFile file, MemoryMappedViewAccessor view, long length)
    {
        (_file, _view, Length) = (file, view, length);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + view.PointerOffset;
    }

    /// <summary>Its size in bytes.</summary>
    public long Length { get; }

    /// <summary>All of it, up to 2 GiB, good until <see cref="Dispose"/>.</summary>
    /// <exception cref="OverflowException">It is larger: <see cref="OpenRead"/>.</exception>
    public ReadOnlySpan<byte> Span => _start == null ? _bytes.Span : new ReadOnlySpan<byte>(_start, checked((int)Length));

    /// <summary>All of it, of any size, as a stream.</summary>
    public Stream OpenRead() =>
        _start != null ? new UnmanagedMemoryStream(_start, Length)
        : MemoryMarshal.TryGetArray(_bytes, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(_bytes.ToArray(), writable: false);

    /// <summary>A copy.</summary>
    public byte[] ToArray() => Span.ToArray();

    /// <summary>Maps a memfd that came, and takes its descriptor over.</summary>
    internal static StateBuffer Map(int descriptor, long size)
    {
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (size == 0)
        {
            return new StateBuffer(ReadOnlyMemory<byte>.Empty);
        }

        // Private, since kernels before 6.7 share no mapping of a file that is sealed against writing, not even for reading.
        var file = MemoryMappedFile.CreateFromFile(handle, null, size, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
        return new StateBuffer(file, file.CreateViewAccessor(0, size, MemoryMappedFileAccess.CopyOnWrite), size);
    }

    /// <summary>Gives mapped memory back; nothing may use it any more.</summary>
    public void Dispose()
    {
        if (_view is null || _view.SafeMemoryMappedViewHandle.IsClosed)
        {
            return;
        }

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file?.Dispose();
    }
}

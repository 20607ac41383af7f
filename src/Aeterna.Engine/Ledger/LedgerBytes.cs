using Aeterna.Linux;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Ledger;

/// <summary>
/// What an engine holds of its clients' bytes, for its successor: beside the ledger's text, which says where each piece is. Memory behind a
/// descriptor, which outlives an exec(2). One engine puts, the next gets.
/// </summary>
internal sealed class LedgerBytes : IDisposable
{
    private readonly FileDescriptor _memory;
    private readonly SafeFileHandle _file;
    private long _end;

    /// <summary>Of memory that a predecessor has filled.</summary>
    /// <param name="memory">Owned from here on.</param>
    public LedgerBytes(FileDescriptor memory)
    {
        _memory = memory;
        _file = new SafeFileHandle(memory.Number, ownsHandle: false);
        _end = MemFd.Size(memory);
    }

    /// <summary>The descriptor; stays this object's.</summary>
    public int Number => _memory.Number;

    /// <summary>An empty one.</summary>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public static LedgerBytes Create() => new(MemFd.Create("aeterna-ledger-bytes", 0));

    /// <summary>Keeps a piece.</summary>
    /// <exception cref="IOException">There is no memory.</exception>
    public LedgerPlace Put(ReadOnlySpan<byte> bytes)
    {
        var place = new LedgerPlace(_end, bytes.Length);
        RandomAccess.Write(_file, bytes, _end);
        _end += bytes.Length;
        return place;
    }

    /// <summary>A piece that was kept.</summary>
    /// <exception cref="LedgerException">There is no such piece.</exception>
    public byte[] Get(LedgerPlace place)
    {
        if (place.At < 0 || place.Length < 0 || place.At > _end - place.Length)
        {
            throw new LedgerException("it names bytes that are not there");
        }

        var bytes = new byte[place.Length];
        return RandomAccess.Read(_file, bytes, place.At) == bytes.Length ? bytes : throw new LedgerException("it names bytes that are not there");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _memory.Dispose();
    }
}

/// <summary>Where a piece is.</summary>
/// <param name="At">Its first byte.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct LedgerPlace(long At, int Length);

using System.Runtime.InteropServices;
using Aeterna.Linux;

namespace Aeterna.Relay.Kept;

/// <summary>
/// Memory for what clients have sent, in blocks, that outlives the engine; and beside each piece of a block, as small as they come, where in its stream it is and which one comes
/// next. From any thread.
/// </summary>
internal sealed unsafe class KeptBlocks : IDisposable
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockSize = 256 << 10;

    /// <summary>Bytes of the smallest piece.</summary>
    public const int PieceSize = 4 << 10;

    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly SharedMemory _memory;
    private int _untouched;

    /// <summary>What is known of a piece.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Piece
    {
        /// <summary>Where in the stream its first byte is.</summary>
        public long Start;

        /// <summary>Bytes in use.</summary>
        public int Length;

        /// <summary>The number of the piece that comes next and 1; 0: none does.</summary>
        public int Next;
    }

    /// <param name="blocks">How many there may be.</param>
    /// <exception cref="LinuxException">EMFILE, ENFILE, ENOMEM.</exception>
    public KeptBlocks(int blocks) => (Most, _memory) = (blocks, new SharedMemory("aeterna-bytes", SizeOf(blocks)));

    /// <summary>A predecessor's, whose descriptor stays the caller's; only to be read.</summary>
    /// <exception cref="LinuxException">EBADF, EMFILE, ENODEV (it is something else), ENOMEM.</exception>
    public KeptBlocks(int memory, int blocks) => (Most, _untouched, _memory) = (blocks, blocks, new SharedMemory(FileDescriptor.Duplicate(memory), SizeOf(blocks)));

    /// <summary>How many there may be.</summary>
    public int Most { get; }

    /// <summary>The memory; this object's.</summary>
    public int Memory => _memory.Memory.Number;

    /// <summary>A block; null: all are in use.</summary>
    public byte* Take()
    {
        lock (_gate)
        {
            return _free.TryPop(out var free) ? _memory.Address + ((long)free * BlockSize)
                : _untouched < Most ? _memory.Address + ((long)_untouched++ * BlockSize)
                : null;
        }
    }

    /// <summary>Gives a block back, and its memory to the machine.</summary>
    public void Give(byte* block)
    {
        var number = (int)((block - _memory.Address) / BlockSize);
        _memory.GiveBack((long)number * BlockSize, BlockSize);
        lock (_gate)
        {
            _free.Push(number);
        }
    }

    /// <summary>The number of the piece that begins at an address.</summary>
    public int NumberOf(byte* address) => (int)((address - _memory.Address) / PieceSize);

    /// <summary>Where an address is in the memory; -1: it is none of it.</summary>
    public long OffsetOf(byte* address) => address >= _memory.Address && address < _memory.Address + ((long)Most * BlockSize) ? address - _memory.Address : -1;

    /// <summary>Bytes of the memory.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not there.</exception>
    public ReadOnlySpan<byte> Bytes(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ((long)Most * BlockSize) - offset);
        return new ReadOnlySpan<byte>(_memory.Address + offset, (int)length);
    }

    /// <summary>What is known of a piece.</summary>
    public Piece* Of(int number) => (Piece*)(_memory.Address + ((long)Most * BlockSize)) + number;

    /// <summary>There is such a piece.</summary>
    public bool Has(int number) => number >= 0 && number < (long)Most * (BlockSize / PieceSize);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private static long SizeOf(int blocks) => ((long)blocks * BlockSize) + ((long)blocks * (BlockSize / PieceSize) * sizeof(Piece));
}

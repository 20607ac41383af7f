using Aeterna.Linux;
using Aeterna.Relay.Kept;

namespace Aeterna.Relay.Frames;

/// <summary>A piece of memory for bytes of one stream, in a chain with others. Its memory does not move.</summary>
internal sealed unsafe class Segment
{
    /// <summary>Bytes of a small one: for a connection with now and then a message.</summary>
    public const int SmallSize = 4 << 10;

    /// <summary>Bytes of a large one. Measured: half of it costs a fifth more processor time for each byte (docs/performance.md).</summary>
    public const int LargeSize = 256 << 10;

    private readonly AnonymousMemory? _own;
    private readonly KeptBlocks? _kept;
    private readonly KeptBlocks.Piece* _piece;
    private int _length;
    private long _start;
    private Segment? _next;

    /// <summary>A large one, with memory of its own.</summary>
    /// <param name="kept">Memory that outlives the engine, of which it is when there is some.</param>
    /// <exception cref="LinuxException">ENOMEM.</exception>
    public Segment(KeptBlocks? kept = null)
    {
        Size = LargeSize;
        Memory = kept is null ? null : kept.Take();
        if (Memory is null)
        {
            _own = OfItsOwn();
            Memory = _own.Address;
            return;
        }

        _kept = kept;
        Number = kept!.NumberOf(Memory);
        _piece = kept.Of(Number);
    }

    /// <summary>A small one, of a slab.</summary>
    /// <param name="slab">It.</param>
    /// <param name="memory">Its first byte.</param>
    /// <param name="kept">Whose memory the slab is; null: its own.</param>
    public Segment(SegmentSlab slab, byte* memory, KeptBlocks? kept)
    {
        (Slab, Size) = (slab, SmallSize);
        Memory = memory;
        if (kept is not null)
        {
            Number = kept.NumberOf(memory);
            _piece = kept.Of(Number);
        }
    }

    // Given back by LetGo.
    private static AnonymousMemory OfItsOwn() => new(LargeSize);

    /// <summary>Its number among the pieces of memory that outlives the engine; -1: it is none.</summary>
    public int Number { get; } = -1;

    /// <summary>Where a small one belongs.</summary>
    public SegmentSlab? Slab { get; }

    /// <summary>Its first byte.</summary>
    public byte* Memory { get; }

    public int Size { get; }

    /// <summary>Bytes in use.</summary>
    public int Length
    {
        get => _length;
        set
        {
            _length = value;
            if (_piece is not null)
            {
                _piece->Length = value;
            }
        }
    }

    public int Free => Size - Length;

    /// <summary>Where in the stream its first byte is.</summary>
    public long Start
    {
        get => _start;
        set
        {
            _start = value;
            if (_piece is not null)
            {
                _piece->Start = value;
            }
        }
    }

    /// <summary>Where in the stream it ends.</summary>
    public long End => Start + Length;

    /// <summary>A place in the stream at which it may be cut, from <see cref="Start"/> to <see cref="End"/>: the first that is known; -1 = none.</summary>
    public long Mark { get; private set; }

    /// <summary>A scanner that stands at <see cref="Mark"/>.</summary>
    public FrameScanner AtMark { get; private set; }

    public Segment? Next
    {
        get => _next;
        set
        {
            _next = value;
            if (_piece is not null)
            {
                _piece->Next = value is null ? 0 : value.Number + 1;
            }
        }
    }

    /// <summary>The bytes from one place in the stream to another, as far as they are here.</summary>
    public ReadOnlySpan<byte> Bytes(long from, long to)
    {
        var (first, last) = (Math.Max(from, Start), Math.Min(to, End));
        return last > first ? new ReadOnlySpan<byte>(Memory + (first - Start), (int)(last - first)) : [];
    }

    /// <summary>Notes the place at which a scanner stands.</summary>
    public void SetMark(in FrameScanner scanner) => (Mark, AtMark) = (scanner.At, scanner);

    /// <summary>Forgets the mark.</summary>
    public void ClearMark() => (Mark, AtMark) = (-1, default);

    /// <summary>Gives a large one's memory back to the machine.</summary>
    public void LetGo()
    {
        _own?.Dispose();
        _kept?.Give(Memory);
    }

    /// <summary>Makes it an empty one.</summary>
    public Segment Clear()
    {
        (Length, Start, Next) = (0, 0, null);
        ClearMark();
        return this;
    }
}

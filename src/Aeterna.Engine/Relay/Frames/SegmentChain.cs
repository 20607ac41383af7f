using Aeterna.Ledger;
using Aeterna.Linux;

namespace Aeterna.Relay.Frames;

/// <summary>The bytes of a stream that are still needed, in order: what came in last at the tail. Only for its loop's thread.</summary>
/// <remarks>
/// A large segment is taken only when a piece does not fit into what the last one has left, and is then filled up, so that the memory in
/// use is at most about twice the bytes held.
/// </remarks>
internal sealed unsafe class SegmentChain(SegmentPool pool)
{
    // Below this the tail is not received into directly: short receives cost more than a copy.
    private const int LeastRoom = 8 << 10;

    // Not given back yet: what is written down of the stream still names them.
    private readonly List<Segment> _dropped = [];

    public Segment? Head { get; private set; }

    public Segment? Tail { get; private set; }

    /// <summary>The tail has little room left: a good time to see what is no longer needed.</summary>
    public bool IsCrowded => Tail is { } tail && tail.Free < tail.Size / 8;

    /// <summary>Bytes of its segments.</summary>
    public long Held { get; private set; }

    private bool IntoTail => Tail is { Size: Segment.LargeSize, Free: >= LeastRoom };

    /// <summary>Where the next bytes are to be received. Valid until <see cref="Append"/>, or until another stream of the loop asks.</summary>
    public Span<byte> Room() => IntoTail
        ? new Span<byte>(Tail!.Memory + Tail.Length, Tail.Free)
        : new Span<byte>(pool.Scratch.Memory, pool.Scratch.Size);

    /// <summary>Takes in what was received into <see cref="Room"/>; returns the segment that has it, at its end.</summary>
    public Segment Append(long at, int count)
    {
        if (!IntoTail)
        {
            if (Tail is null ? count > Segment.SmallSize : count > Tail.Free)
            {
                var taken = pool.TakeScratch();
                taken.Length = count;
                return Link(taken, at);
            }

            var tail = Tail ?? Link(pool.RentSmall(), at);
            new ReadOnlySpan<byte>(pool.Scratch.Memory, count).CopyTo(new Span<byte>(tail.Memory + tail.Length, count));
        }

        Tail!.Length += count;
        return Tail;
    }

    /// <summary>Takes in bytes that were held before, behind all others; returns the segment that has them.</summary>
    public Segment Add(long at, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Segment.LargeSize)
        {
            throw new LedgerException("a piece of a stream is longer than any can be");
        }

        var segment = Link(bytes.Length > Segment.SmallSize ? pool.TakeScratch() : pool.RentSmall(), at);
        bytes.CopyTo(new Span<byte>(segment.Memory, segment.Size));
        segment.Length = bytes.Length;
        return segment;
    }

    /// <summary>Gives back the segments before <paramref name="keep"/>; null: all. Where they outlive the engine: at the next <see cref="GiveBack"/>.</summary>
    public void DropBefore(Segment? keep)
    {
        while (Head is { } head && head != keep)
        {
            Head = head.Next;
            Held -= head.Size;
            Drop(head);
        }

        Tail = Head is null ? null : Tail;
    }

    /// <summary>Nothing that is written down names what was dropped any more.</summary>
    public void GiveBack()
    {
        if (_dropped.Count > 0)
        {
            _dropped.ForEach(pool.Return);
            _dropped.Clear();
        }
    }

    /// <summary>
    /// Brings the bytes from <paramref name="from"/> on, when they are few and all in one segment, to the beginning of a small one: so
    /// that the beginning of a frame whose rest is long in coming does not keep a large segment.
    /// </summary>
    public void Shrink(long from)
    {
        if (Head is not { } tail || tail != Tail || tail.End - from > Segment.SmallSize / 2)
        {
            return;
        }

        var rest = tail.Bytes(from, tail.End);
        if (tail.Size == Segment.SmallSize && (tail.Start == from || pool.Kept is not null))
        {
            return; // Bytes that are written down are not moved within their piece.
        }

        var small = tail.Size == Segment.SmallSize ? tail : pool.RentSmall();
        rest.CopyTo(new Span<byte>(small.Memory, small.Size));
        (small.Length, small.Start) = (rest.Length, from);
        if (tail.Mark >= 0)
        {
            small.SetMark(tail.AtMark);
        }

        if (small != tail)
        {
            Held += small.Size - tail.Size;
            Drop(tail);
        }

        (Head, Tail) = (small, small);
    }

    /// <summary>The byte at a place that is held.</summary>
    public byte At(long place)
    {
        var segment = Head!;
        while (segment.End <= place)
        {
            segment = segment.Next!;
        }

        return segment.Memory[place - segment.Start];
    }

    /// <summary>The last segment with a mark at or before a place.</summary>
    public Segment? MarkedBefore(long place)
    {
        Segment? found = null;
        for (var segment = Head; segment is not null && segment.Start <= place; segment = segment.Next)
        {
            found = segment.Mark >= 0 && segment.Mark <= place ? segment : found;
        }

        return found;
    }

    /// <summary>The first segment with a mark at or after a place.</summary>
    public Segment? MarkedAfter(long place)
    {
        var segment = Head;
        while (segment is not null && segment.Mark < place)
        {
            segment = segment.Next;
        }

        return segment;
    }

    /// <summary>The pieces from one place to another; returns how many.</summary>
    public int Gather(long from, long to, Span<Iovec> pieces)
    {
        var count = 0;
        for (var segment = Head; segment is not null && segment.Start < to && count < pieces.Length; segment = segment.Next)
        {
            if (segment.Bytes(from, to) is { Length: > 0 } bytes)
            {
                pieces[count++] = new Iovec { Base = segment.Memory + (Math.Max(from, segment.Start) - segment.Start), Length = (nuint)bytes.Length };
            }
        }

        return count;
    }

    private void Drop(Segment segment)
    {
        if (pool.Kept is null)
        {
            pool.Return(segment);
        }
        else
        {
            _dropped.Add(segment);
        }
    }

    private Segment Link(Segment segment, long at)
    {
        segment.Start = at;
        Held += segment.Size;
        if (Tail is null)
        {
            Head = segment;
        }
        else
        {
            Tail.Next = segment;
        }

        Tail = segment;
        return segment;
    }
}

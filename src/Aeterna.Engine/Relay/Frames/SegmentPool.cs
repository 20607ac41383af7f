using Aeterna.Relay.Kept;

namespace Aeterna.Relay.Frames;

/// <summary>
/// Segments that are not in use, for the streams of one thread. Last in, first out, so that the next one is still in the processor's
/// cache. It keeps a few, and more only as long as they are in use now and then; the machine has the rest. It counts what is in use against
/// a bound, which the streams ask for.
/// </summary>
/// <param name="sweepLater">Has <see cref="IChore.Sweep"/> called.</param>
/// <param name="most">Bytes that may be in use; whoever has to take more must find room first.</param>
/// <param name="kept">Memory that outlives the engine; null: what is held ends with it.</param>
internal sealed class SegmentPool(Action<IChore> sweepLater, long most = long.MaxValue, KeptBlocks? kept = null) : IChore
{
    /// <summary>Large ones that are kept for good.</summary>
    public const int KeptLarge = 16;

    /// <summary>Small ones that are kept for good.</summary>
    public const int KeptSmall = 1024;

    private readonly Stack<Segment> _large = new();
    private Stack<Segment> _small = new();
    private int _unused;
    private int _emptySlabs;

    /// <summary>A large one that any stream receives into before it is known how much there is.</summary>
    public Segment Scratch { get; private set; } = new Segment(kept).Clear();

    /// <summary>Memory that outlives the engine; null: there is none.</summary>
    public KeptBlocks? Kept => kept;

    /// <summary>Segments given out and not returned, for tests.</summary>
    public int Rented { get; private set; }

    /// <summary>Bytes of the segments in use.</summary>
    public long InUse { get; private set; }

    /// <summary>Bytes that may be in use.</summary>
    public long Most { get; } = most;

    /// <summary>One more of each kind may be taken.</summary>
    public bool HasRoom => InUse + Segment.LargeSize + Segment.SmallSize <= Most;

    /// <summary>Who is to make room when there is none.</summary>
    public Crowd Crowd { get; } = new();

    /// <summary>Large ones that wait for use, for tests.</summary>
    public int Spare => _large.Count;

    /// <summary>Small ones that wait for use, for tests.</summary>
    public int SpareSmall => _small.Count;

    /// <summary>A small one.</summary>
    public Segment RentSmall()
    {
        if (_small.Count == 0)
        {
            foreach (var segment in new SegmentSlab(kept).Cut())
            {
                _small.Push(segment);
            }

            _emptySlabs++;
        }

        var taken = _small.Pop();
        _emptySlabs -= taken.Slab!.InUse++ == 0 ? 1 : 0;
        return Count(taken);
    }

    /// <summary>Gives <see cref="Scratch"/> away with what was received into it, and puts another in its place.</summary>
    public Segment TakeScratch()
    {
        var next = _large.TryPop(out var spare) ? spare : new Segment(kept).Clear();
        var taken = Scratch;
        Scratch = next;
        _unused = Math.Min(_unused, _large.Count);
        return Count(taken);
    }

    public void Return(Segment segment)
    {
        Rented--;
        InUse -= segment.Size;
        segment.Clear();
        if (segment.Slab is not { } slab)
        {
            _large.Push(segment);
        }
        else
        {
            _small.Push(segment);
            _emptySlabs += --slab.InUse == 0 ? 1 : 0;
        }

        if (_large.Count > KeptLarge || (_emptySlabs > 0 && _small.Count > KeptSmall))
        {
            sweepLater(this);
        }
    }

    /// <summary>Does nothing: there is no hurry.</summary>
    public bool Tick() => false;

    /// <summary>Lets go of the large ones that nobody has needed since the last time, and of small ones as far as whole slabs are free.</summary>
    public bool Sweep()
    {
        for (var left = Math.Min(_unused, _large.Count - KeptLarge); left > 0; left--)
        {
            _large.Pop().LetGo();
        }

        _unused = _large.Count;
        TrimSmall();
        return _large.Count > KeptLarge;
    }

    private Segment Count(Segment taken)
    {
        Rented++;
        InUse += taken.Size;
        return taken;
    }

    private void TrimSmall()
    {
        if (_emptySlabs == 0 || _small.Count <= KeptSmall)
        {
            return;
        }

        var going = _small.Select(s => s.Slab!).Where(s => s.InUse == 0).Distinct().Take((_small.Count - KeptSmall) / SegmentSlab.Count).ToHashSet();
        _small = new Stack<Segment>(_small.Where(s => !going.Contains(s.Slab!)).Reverse());
        _emptySlabs -= going.Count;
        foreach (var slab in going)
        {
            slab.Dispose();
        }
    }
}

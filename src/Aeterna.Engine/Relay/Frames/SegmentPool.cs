namespace Aeterna.Relay;

/// <summary>
/// Segments that are not in use, for the streams of one thread. Last in, first out, so that the next one is still in the processor's
/// cache. It keeps a few, and more only as long as they are in use now and then; the garbage collector has the rest.
/// </summary>
/// <param name="sweepLater">Has <see cref="IChore.Sweep"/> called.</param>
internal sealed class SegmentPool(Action<IChore> sweepLater) : IChore
{
    /// <summary>Large ones that are kept for good.</summary>
    public const int KeptLarge = 16;

    private const int KeptSmall = 1024;

    private readonly Stack<Segment> _small = new();
    private readonly Stack<Segment> _large = new();
    private int _unused;

    /// <summary>A large one that any stream receives into before it is known how much there is.</summary>
    public Segment Scratch { get; private set; } = new Segment(Segment.LargeSize).Clear();

    /// <summary>Segments given out and not returned, for tests.</summary>
    public int Rented { get; private set; }

    /// <summary>Large ones that wait for use, for tests.</summary>
    public int Spare => _large.Count;

    /// <summary>A small one.</summary>
    public Segment RentSmall()
    {
        Rented++;
        return _small.TryPop(out var segment) ? segment : new Segment(Segment.SmallSize).Clear();
    }

    /// <summary>Gives <see cref="Scratch"/> away with what was received into it, and puts another in its place.</summary>
    public Segment TakeScratch()
    {
        Rented++;
        var taken = Scratch;
        Scratch = _large.TryPop(out var next) ? next : new Segment(Segment.LargeSize).Clear();
        _unused = Math.Min(_unused, _large.Count);
        return taken;
    }

    public void Return(Segment segment)
    {
        Rented--;
        if (segment.Size == Segment.LargeSize)
        {
            _large.Push(segment.Clear());
            if (_large.Count > KeptLarge)
            {
                sweepLater(this);
            }
        }
        else if (_small.Count < KeptSmall)
        {
            _small.Push(segment.Clear());
        }
    }

    /// <summary>Does nothing: there is no hurry.</summary>
    public bool Tick() => false;

    /// <summary>Lets go of the large ones that nobody has needed since the last time.</summary>
    public bool Sweep()
    {
        for (var left = Math.Min(_unused, _large.Count - KeptLarge); left > 0; left--)
        {
            _large.Pop();
        }

        _unused = _large.Count;
        return _large.Count > KeptLarge;
    }
}

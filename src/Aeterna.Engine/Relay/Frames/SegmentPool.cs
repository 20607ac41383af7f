namespace Aeterna.Relay;

/// <summary>
/// Segments that are not in use, for the streams of one thread. Last in, first out, so that the next one is still in the processor's
/// cache. It keeps a few; the garbage collector has the rest.
/// </summary>
internal sealed class SegmentPool
{
    private const int KeptSmall = 1024;
    private const int KeptLarge = 32;

    private readonly Stack<Segment> _small = new();
    private readonly Stack<Segment> _large = new();

    /// <summary>A large one that any stream receives into before it is known how much there is.</summary>
    public Segment Scratch { get; private set; } = new Segment(Segment.LargeSize).Clear();

    /// <summary>Segments given out and not returned, for tests.</summary>
    public int Rented { get; private set; }

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
        return taken;
    }

    public void Return(Segment segment)
    {
        Rented--;
        var (pool, most) = segment.Size == Segment.LargeSize ? (_large, KeptLarge) : (_small, KeptSmall);
        if (pool.Count < most)
        {
            pool.Push(segment.Clear());
        }
    }
}

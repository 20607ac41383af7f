using Aeterna.Linux;

namespace Aeterna.Relay.Frames;

/// <summary>Memory for many small segments, which goes back to the machine when none of them is in use. Only for its pool's thread.</summary>
internal sealed unsafe class SegmentSlab : IDisposable
{
    /// <summary>Small segments of one slab.</summary>
    public const int Count = Segment.LargeSize / Segment.SmallSize;

    private readonly AnonymousMemory _memory = new(Segment.LargeSize);

    /// <summary>Segments in use.</summary>
    public int InUse { get; set; }

    /// <summary>Its segments, made anew.</summary>
    public IEnumerable<Segment> Cut()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return At(i).Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private Segment At(int index) => new(this, _memory.Address + (index * Segment.SmallSize));
}

using Aeterna.Relay.Kept;

namespace Aeterna.Relay.Frames;

/// <summary>Memory for many small segments, which goes back to the machine when none of them is in use. Only for its pool's thread.</summary>
/// <param name="kept">Memory that outlives the engine, of which it is when there is some.</param>
internal sealed unsafe class SegmentSlab(KeptBlocks? kept = null) : IDisposable
{
    /// <summary>Small segments of one slab.</summary>
    public const int Count = Segment.LargeSize / Segment.SmallSize;

    private readonly Segment _memory = new(kept);

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
    public void Dispose() => _memory.LetGo();

    private Segment At(int index) => new(this, _memory.Memory + (index * Segment.SmallSize), _memory.Number < 0 ? null : kept);
}

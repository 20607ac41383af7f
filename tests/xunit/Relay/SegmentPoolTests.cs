using Aeterna.Relay.Frames;
using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>Memory that was needed for a moment is kept as long as it is needed now and then.</summary>
public class SegmentPoolTests
{
    private const int Burst = 100;

    private int _asked;

    [Fact]
    public void After_a_burst_the_memory_that_nobody_needs_is_let_go()
    {
        var pool = new SegmentPool(_ => _asked++);
        Use(pool, Burst);
        Assert.Equal((Burst, Burst - SegmentPool.KeptLarge), (pool.Spare, _asked));
        Assert.True(pool.Sweep()); // All of it was in use since the last time.
        Assert.Equal(Burst, pool.Spare);
        Assert.False(pool.Sweep());
        Assert.Equal(SegmentPool.KeptLarge, pool.Spare);
    }

    [Fact]
    public void What_is_in_use_between_two_sweeps_is_kept()
    {
        var pool = new SegmentPool(_ => { });
        Use(pool, Burst);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(pool.Sweep());
            Use(pool, 60);
        }

        Assert.Equal(60, pool.Spare);
        Assert.False(pool.Sweep() && pool.Sweep());
        Assert.Equal(SegmentPool.KeptLarge, pool.Spare);
    }

    [Fact]
    public void Small_ones_go_back_by_slabs()
    {
        var pool = new SegmentPool(_ => _asked++);
        var taken = Enumerable.Range(0, (2 * SegmentPool.KeptSmall) + 5).Select(_ => pool.RentSmall()).ToList();
        Assert.Equal(taken.Count * (long)Segment.SmallSize, pool.InUse);
        var kept = taken[0];
        taken.Skip(1).ToList().ForEach(pool.Return);
        Assert.True(_asked > 0);
        pool.Sweep();
        Assert.InRange(pool.SpareSmall, SegmentPool.KeptSmall - SegmentSlab.Count, SegmentPool.KeptSmall + SegmentSlab.Count);
        Memory(kept).Fill(1); // Its slab is still there.
        var again = Enumerable.Range(0, 3 * SegmentPool.KeptSmall).Select(_ => pool.RentSmall()).ToList();
        again.ForEach(s => Memory(s).Fill(2));
        Assert.Equal(again.Count + 1, again.Append(kept).Distinct().Count());
        Assert.True(Memory(kept).IndexOfAnyExcept((byte)1) < 0);
    }

    private static unsafe Span<byte> Memory(Segment segment) => new(segment.Memory, segment.Size);

    private static void Use(SegmentPool pool, int count)
    {
        var taken = Enumerable.Range(0, count).Select(_ => pool.TakeScratch()).ToList();
        taken.ForEach(pool.Return);
    }
}

using Aeterna.Relay;

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

    private static void Use(SegmentPool pool, int count)
    {
        var taken = Enumerable.Range(0, count).Select(_ => pool.TakeScratch()).ToList();
        taken.ForEach(pool.Return);
    }
}

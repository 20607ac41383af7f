using Aeterna.Load.Pacing;
using Xunit;

namespace Aeterna.Tests.Load;

public class PacedLoopTests
{
    [Fact]
    public void Is_never_ahead_of_its_schedule_and_says_how_late_it_was()
    {
        const double Rate = 2000;
        const int Calls = 600;
        var stall = TimeSpan.FromMilliseconds(60);
        using var stop = new CancellationTokenSource();
        var clock = new RunClock();
        var loop = new PacedLoop(Rate, clock);
        var begun = clock.Now;
        var made = 0;
        loop.Run(
            () =>
            {
                Assert.True(clock.Now - begun >= TimeSpan.FromSeconds(made / Rate), $"call {made} came early");
                if (++made == 100)
                {
                    Thread.Sleep(stall);
                }

                return true;
            },
            () =>
            {
                if (made >= Calls)
                {
                    stop.Cancel();
                }
            },
            stop.Token);
        Assert.True(loop.Latest >= stall - TimeSpan.FromSeconds(1 / Rate), $"{loop.Latest}");
    }

    [Fact]
    public void Tries_again_at_the_next_tick_what_could_not_be_done()
    {
        using var stop = new CancellationTokenSource();
        var tries = 0;
        new PacedLoop(1, new RunClock()).Run(() => ++tries == 3, () => stop.CancelIf(tries >= 3), stop.Token);
        Assert.Equal(3, tries);
    }
}

internal static class CancelExtensions
{
    public static void CancelIf(this CancellationTokenSource source, bool condition)
    {
        if (condition)
        {
            source.Cancel();
        }
    }
}

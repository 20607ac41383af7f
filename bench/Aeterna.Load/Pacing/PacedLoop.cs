namespace Aeterna.Load.Pacing;

/// <summary>
/// Calls an action at a fixed rate by one absolute schedule: the n-th call is due n/rate after the start, however long the
/// calls before it took. What was missed is caught up with at no more than four times the rate, so that a stall of this
/// process does not become a flood that a receive buffer cannot take.
/// </summary>
internal sealed class PacedLoop(double rate, RunClock clock)
{
    private const double CatchUp = 4;
    private static readonly TimeSpan _longestSleep = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _longestTick = TimeSpan.FromMilliseconds(5);

    private long _latest;
    private long _ran;

    /// <summary>How long it has run.</summary>
    public TimeSpan Ran => TimeSpan.FromTicks(Interlocked.Read(ref _ran));

    /// <summary>The latest that a call was made after it was due.</summary>
    public TimeSpan Latest => TimeSpan.FromTicks(Interlocked.Read(ref _latest));

    /// <summary>Runs until stopped; blocks the caller's thread.</summary>
    /// <param name="call">One call of the schedule; false when it could not be made now and is to be tried again at the next tick.</param>
    /// <param name="tick">Called between calls, about once a millisecond at high rates.</param>
    /// <param name="stop">Ends the loop.</param>
    public void Run(Func<bool> call, Action tick, CancellationToken stop)
    {
        var begin = clock.Now;
        var lastTick = begin;
        for (long made = 0; !stop.IsCancellationRequested;)
        {
            var now = clock.Now;
            var due = (long)((now - begin).TotalSeconds * rate) + 1;
            var tickLength = now - lastTick < _longestTick ? now - lastTick : _longestTick;
            var most = Math.Max(4, (long)(tickLength.TotalSeconds * rate * CatchUp));
            lastTick = now;
            if (due > made)
            {
                var late = now - begin - TimeSpan.FromSeconds(made / rate);
                Interlocked.Exchange(ref _latest, Math.Max(_latest, late.Ticks));
                for (var left = Math.Min(due - made, most); left > 0 && call(); left--)
                {
                    made++;
                }
            }

            Interlocked.Exchange(ref _ran, (now - begin).Ticks);
            tick();
            var wait = begin + TimeSpan.FromSeconds(made / rate) - clock.Now;
            Thread.Sleep(wait < _longestSleep ? Math.Max(1, (int)wait.TotalMilliseconds) : (int)_longestSleep.TotalMilliseconds);
        }
    }
}

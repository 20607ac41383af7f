using System.Diagnostics.CodeAnalysis;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Listeners.Outside;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;

namespace Aeterna.Orchestration.Switching;

/// <summary>
/// Moves all traffic from a daemon that the engine has not started to a generation, so that at no moment two of them have any. What the generation has accepted could
/// not go back to the daemon; so this is through only when the daemon, with nothing in hand, has been told to end, and until then all can be called back. Blocks its thread.
/// </summary>
/// <param name="traffic">The inputs.</param>
/// <param name="rest">Waits for rest.</param>
/// <param name="time">The clock.</param>
/// <param name="from">The daemon.</param>
/// <param name="sockets">Its sockets.</param>
/// <param name="door">The way in to it.</param>
/// <param name="to">Who gets the traffic.</param>
/// <param name="hasten">It is to end as soon as can be.</param>
internal sealed class OutsideSwitch(
    ITraffic traffic, RestWatch rest, TimeProvider time, IGeneration from, IOutsideSockets sockets, OutsideDoor door, IGeneration to, CancellationToken hasten)
{
    private static readonly TimeSpan _underWay = TimeSpan.FromMicroseconds(500);

    /// <summary>For a daemon that has nothing in hand to end, while everybody waits.</summary>
    private static readonly TimeSpan _ending = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(1);

    private long _flipped;
    private long _moved;

    /// <summary>See <see cref="RestWatch.Await"/>.</summary>
    public int? Flush { get; init; }

    /// <summary>Time that its connections have to end.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Time that it has to come to rest thereafter.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>The signal that tells it to end.</summary>
    public required int Signal { get; init; }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever breaks, somebody must have the traffic; the reason is told.")]
    public SwitchResult Forward()
    {
        try
        {
            door.Close(Patience, GivesUp);
            var busy = GivesUp() ? null : Begin();
            return Died(from) ? TakeOver()
                : Died(to) ? Recall($"{Name(to)} {Death(to)} during the switch")
                : hasten.IsCancellationRequested ? Recall("the switch was called back")
                : busy is not null ? Recall(busy)
                : End();
        }
        catch (Exception e)
        {
            return Died(from) ? TakeOver() : Recall($"the switch broke: {e.Message}");
        }
    }

    private bool GivesUp() => hasten.IsCancellationRequested || Died(from) || Died(to);

    /// <summary>All goes to the one that is held, and the daemon comes to rest: null; else why it does not.</summary>
    private string? Begin()
    {
        traffic.Prepare(to.Number);
        if (!to.Freeze(hasten))
        {
            return $"{Name(to)} could not be held still";
        }

        _flipped = time.GetTimestamp();
        _moved += traffic.Direct(new Route(to.Number, Alone: true));
        Pause.For(_underWay);
        return new OutsideRest(traffic, rest, time, sockets, door).Await(from, Flush, Timeout, GivesUp) is { } busy ? $"generation {from.Number} did not come to rest within switch_timeout of {Durations.FormatBrief(Timeout)}: {busy}" : null;
    }

    // From the signal on there is no way back.
    private SwitchResult End()
    {
        var names = sockets.KeepNames();
        door.Cut();
        from.Signal(Signal);
        var began = time.GetTimestamp();
        while (!from.Gone.IsCompleted && time.GetElapsedTime(began) < _ending)
        {
            Pause.For(_look);
        }

        string? why = null;
        if (!from.Gone.IsCompleted && sockets.IsServed())
        {
            why = $"generation {from.Number} had nothing in hand, did not end within {Durations.FormatBrief(_ending)}, and was killed";
            from.Kill();
            from.Gone.Wait(_ending, CancellationToken.None);
        }

        _ = from.Gone.ContinueWith(_ => names.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return GoOn(why);
    }

    /// <summary>Exact: the one that is held has read nothing, and never runs again.</summary>
    private SwitchResult Recall(string why)
    {
        _moved += traffic.Direct(new Route(from.Number), _flipped == 0 ? null : to.Number);
        sockets.Reopen();
        to.Kill();
        return Done(SwitchOutcome.Recalled, $"recalled: {why}");
    }

    private SwitchResult TakeOver()
    {
        if (Died(to))
        {
            return Recall($"{Name(from)} {Death(from)} and {Name(to)} {Death(to)} during the switch");
        }

        _moved += traffic.Direct(new Route(to.Number), from.Number);
        return GoOn($"{Name(from)} {Death(from)} during the switch: {Name(to)} has its traffic; what had been read and not yet written is gone");
    }

    private SwitchResult GoOn(string? why)
    {
        sockets.TakeOver();
        to.Thaw();
        return Done(SwitchOutcome.Switched, why);
    }

    private SwitchResult Done(SwitchOutcome outcome, string? why) =>
        new(outcome, why, _flipped == 0 ? null : time.GetElapsedTime(_flipped).TotalMilliseconds, _moved);

    private static bool Died(IGeneration generation) => generation.Exited.IsCompleted;

    private static string Name(IGeneration generation) => $"generation {generation.Number} (pid {generation.Pid})";

    private static string Death(IGeneration generation) =>
        generation.Exited.IsCompletedSuccessfully ? ExitSentence.Of(generation.Exited.Result) : "died";
}

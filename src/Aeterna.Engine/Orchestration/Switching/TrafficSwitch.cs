using System.Diagnostics.CodeAnalysis;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;

namespace Aeterna.Orchestration.Switching;

/// <summary>
/// Moves all traffic from one generation to another, so that at no moment two of them have any: the one that is to get it is held
/// still while the other finishes. Blocks its thread, for some milliseconds as a rule and for little more than twice the timeout at most.
/// What it leaves is one of <see cref="SwitchOutcome"/>, whatever dies or breaks meanwhile.
/// </summary>
/// <param name="traffic">The inputs.</param>
/// <param name="rest">Waits for rest.</param>
/// <param name="time">The clock.</param>
/// <param name="from">Who has the traffic.</param>
/// <param name="to">Who gets it.</param>
/// <param name="flush">See <see cref="RestWatch.Await"/>.</param>
/// <param name="timeout">Time that the one has to finish, and before that the other to accept what there is.</param>
/// <param name="hasten">It is to end as soon as can be.</param>
internal sealed partial class TrafficSwitch(
    ITraffic traffic, RestWatch rest, TimeProvider time, IGeneration from, IGeneration to, int? flush, TimeSpan timeout, CancellationToken hasten)
{
    /// <summary>The signal on which the one that gets the traffic opens its files anew, if it has a handler for it.</summary>
    public int? Reopen { get; init; }

    /// <summary>Forward also when the old one does not come to rest: it is then stopped where it is.</summary>
    public bool Forced { get; init; }

    /// <summary>A datagram that was on its way at the flip has arrived after this time.</summary>
    private static readonly TimeSpan _underWay = TimeSpan.FromMicroseconds(500);

    /// <summary>One that has accepted nothing for so long is not about to.</summary>
    private static readonly TimeSpan _idle = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(1);

    private long _flipped;
    private long _moved;

    /// <summary>Forward: to one that has had no traffic yet. Until it is let go it has read nothing, and all can be called back.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever breaks, somebody must have the traffic; the reason is told.")]
    public SwitchResult Forward()
    {
        try
        {
            traffic.Prepare(to.Number);
            if (AwaitAccepted())
            {
                traffic.Prepare(to.Number); // For those who have come meanwhile.
            }

            if (!to.Freeze(hasten))
            {
                return to.Exited.IsCompleted
                    ? new SwitchResult(SwitchOutcome.Recalled, $"{Name(to)} {Death(to)} before the switch")
                    : new SwitchResult(SwitchOutcome.Refused, $"{Name(to)} could not be held still for the switch");
            }

            Flip();
            var busy = rest.Await(from, flush, timeout, () => hasten.IsCancellationRequested || to.Exited.IsCompleted);
            return Died(from) ? TakeOver()
                : Died(to) ? Recall($"{Name(to)} {Death(to)} during the switch")
                : busy is not null && Forced && !hasten.IsCancellationRequested ? Force(busy)
                : busy is not null ? Recall(hasten.IsCancellationRequested ? "the switch was called back" : $"{Late(busy)} (force the reload to switch all the same)")
                : Park();
        }
        catch (Exception e)
        {
            return Recall($"the switch broke: {e.Message}");
        }
    }

    /// <summary>
    /// Whoever gets the traffic accepts the connections while the other one still serves them: each takes it a quarter of a millisecond, for which
    /// otherwise all would wait after the flip. One that stops accepting, or takes longer than the timeout, is not waited for.
    /// </summary>
    /// <returns>Whether it took time.</returns>
    private bool AwaitAccepted()
    {
        var (left, began) = (int.MaxValue, time.GetTimestamp());
        var progress = began;
        while (traffic.Unaccepted(to.Number) is > 0 and var now && !hasten.IsCancellationRequested && !Died(to) && !Died(from))
        {
            if (now < left)
            {
                (left, progress) = (now, time.GetTimestamp());
            }

            if (time.GetElapsedTime(progress) >= _idle || time.GetElapsedTime(began) >= timeout)
            {
                break;
            }

            Pause.For(_look);
        }

        return left != int.MaxValue;
    }

    private SwitchResult Park()
    {
        if (!from.Freeze(CancellationToken.None))
        {
            return Died(from) ? TakeOver() : Recall($"{Name(from)} could not be held still");
        }

        if (Died(to))
        {
            return Recall($"{Name(to)} {Death(to)} during the switch");
        }

        LetGo();
        return Done(SwitchOutcome.Switched, null);
    }

    /// <summary>Exact: the one that is held has read nothing, and never runs again.</summary>
    private SwitchResult Recall(string why)
    {
        _moved += traffic.Direct(Died(from) ? Route.Held : new Route(from.Number), to.Number);
        from.Thaw();
        to.Kill();
        return Done(SwitchOutcome.Recalled, $"recalled: {why}");
    }

    /// <summary>The old one died: the new one gets what that had not read, in front of what it has been given since.</summary>
    private SwitchResult TakeOver()
    {
        if (Died(to))
        {
            return Recall($"{Name(from)} {Death(from)} and {Name(to)} {Death(to)} during the switch");
        }

        Bury(from);
        _moved += traffic.Direct(new Route(to.Number), from.Number);
        LetGo();
        return Done(
            SwitchOutcome.Switched,
            $"{Name(from)} {Death(from)} during the switch: {Name(to)} has its traffic; what had been read and not yet written is gone");
    }

    private SwitchResult Force(string busy)
    {
        var held = from.Freeze(CancellationToken.None);
        if (Died(to))
        {
            return Recall($"{Name(to)} {Death(to)} during the switch");
        }

        // Only what stands still can be taken from.
        _moved += traffic.Direct(new Route(to.Number), held || Died(from) ? from.Number : null);
        LetGo();
        return Done(
            SwitchOutcome.Forced,
            $"by force: {Late(busy)}; it was stopped where it was, what it had not read went to generation {to.Number}, and it finishes what it had read "
            + "when it is told to end");
    }

    // The signal first: it finds it when it wakes up, before anything else.
    private void LetGo()
    {
        if (Reopen is { } signal && to.Catches(signal))
        {
            to.Signal(signal);
        }

        to.Thaw();
    }

    private void Flip()
    {
        _flipped = time.GetTimestamp();
        _moved += traffic.Direct(new Route(to.Number, Alone: true));
        Pause.For(_underWay);
    }

    private SwitchResult Done(SwitchOutcome outcome, string? why) =>
        new(outcome, why, _flipped == 0 ? null : time.GetElapsedTime(_flipped).TotalMilliseconds, _moved);

    private string Late(string busy) =>
        $"generation {from.Number} did not come to rest within switch_timeout of {Durations.FormatBrief(timeout)}: {busy}";

    // Its main process is dead; others of it may be reading still.
    private static void Bury(IGeneration dead)
    {
        if (!dead.Gone.IsCompleted)
        {
            dead.Kill();
        }
    }

    private static bool Died(IGeneration generation) => generation.Exited.IsCompleted;

    private static string Name(IGeneration generation) => $"generation {generation.Number} (pid {generation.Pid})";

    private static string Death(IGeneration generation) =>
        generation.Exited.IsCompletedSuccessfully ? ExitSentence.Of(generation.Exited.Result) : "died";
}

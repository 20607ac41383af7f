using System.Diagnostics.CodeAnalysis;
using Aeterna.Machine;

namespace Aeterna.Orchestration.Switching;

/// <summary>The way back: to a parked generation. It is never refused for want of rest, since the one that has the traffic is not wanted.</summary>
internal sealed partial class TrafficSwitch
{
    [SuppressMessage("Design", "CA1031", Justification = "Whatever breaks, somebody must have the traffic; the reason is told.")]
    public SwitchResult Back()
    {
        if (Died(to))
        {
            return new SwitchResult(SwitchOutcome.Recalled, $"{Name(to)} {Death(to)} while it was parked");
        }

        try
        {
            traffic.Prepare(to.Number);
            Flip();
            var busy = rest.AwaitUnlessStopped(from, flush, timeout, () => hasten.IsCancellationRequested || Died(to));
            return Died(to) ? StayHere()
                : Died(from) ? Inherit()
                : busy is null && from.Freeze(CancellationToken.None) ? Return()
                : CutOff(busy ?? "it could not be held still");
        }
        catch (Exception e)
        {
            return CutOff($"the way back broke: {e.Message}");
        }
    }

    private SwitchResult Return()
    {
        LetGo();
        return Done(SwitchOutcome.Switched, null);
    }

    /// <summary>The parked one died: the other goes on, with what has been kept for that one meanwhile.</summary>
    private SwitchResult StayHere()
    {
        _moved += traffic.Direct(Died(from) ? Route.Held : new Route(from.Number), to.Number);
        from.Thaw();
        return Done(SwitchOutcome.Recalled, $"{Name(to)} {Death(to)} while traffic went back to it");
    }

    private SwitchResult Inherit()
    {
        Bury(from);
        _moved += traffic.Direct(new Route(to.Number), from.Number);
        LetGo();
        return Done(
            SwitchOutcome.Switched, $"{Name(from)} {Death(from)} on the way back: what it had read and not yet written is gone");
    }

    private SwitchResult CutOff(string busy)
    {
        var held = from.Freeze(CancellationToken.None);
        if (Died(to))
        {
            return StayHere();
        }

        // Only what stands still can be taken from.
        _moved += traffic.Direct(new Route(to.Number), held || Died(from) ? from.Number : null);
        LetGo();
        return Done(
            SwitchOutcome.Forced,
            $"generation {from.Number} did not come to rest on the way back ({busy}): it was stopped where it was, what it had not read went to "
            + $"generation {to.Number}, and it finished what it had read beside that one");
    }
}

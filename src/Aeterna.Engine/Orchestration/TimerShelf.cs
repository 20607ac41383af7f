using Aeterna.Machine;

namespace Aeterna.Orchestration;

/// <summary>The machine's timers, at most one of each kind. Used by the loop alone.</summary>
internal sealed class TimerShelf(TimeProvider time, Action<MachineEvent> post)
{
    private readonly Dictionary<TimerKind, ITimer> _timers = [];

    public void Start(StartTimer wanted)
    {
        Cancel(wanted.Kind);
        _timers[wanted.Kind] = time.CreateTimer(
            _ => post(new TimerFired(wanted.Kind, wanted.Key)), null, Patience.Bound(wanted.Due), Timeout.InfiniteTimeSpan);
    }

    public void Cancel(TimerKind kind)
    {
        if (_timers.Remove(kind, out var timer))
        {
            timer.Dispose();
        }
    }

    public void CancelAll()
    {
        foreach (var kind in Enum.GetValues<TimerKind>())
        {
            Cancel(kind);
        }
    }
}

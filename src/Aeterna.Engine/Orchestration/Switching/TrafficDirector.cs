using Aeterna.Listeners.Traffic;
using Aeterna.Machine;

namespace Aeterna.Orchestration.Switching;

/// <summary>Directs the inputs as the machine says, and keeps account of how long nobody had them. Used by the loop alone.</summary>
internal sealed class TrafficDirector(ITraffic traffic, GenerationRoster roster, TimeProvider time)
{
    private long? _heldSince;
    private long _moved;

    /// <summary>The candidate serves for good.</summary>
    public void Settle() => traffic.Settle();

    /// <summary>Sets the route.</summary>
    /// <returns>What there is for the record: the pause that has just ended, and frames that were taken back since the last time.</returns>
    public (double? PausedMs, long? Moved) Direct(DirectTraffic wanted)
    {
        // Its main process is dead; others of it may be reading still.
        if (wanted.TakeBack is { } dead && roster.Find(dead) is { Gone.IsCompleted: false })
        {
            roster.Kill(dead);
        }

        var before = traffic.Route;
        foreach (var generation in new[] { wanted.Route.Main, wanted.Route.Candidate }.OfType<int>())
        {
            if (generation != before.Main && generation != before.Candidate)
            {
                traffic.Prepare(generation);
            }
        }

        // Whoever was beside another one may have missed a rotation.
        if (before.Main is not null && wanted.Route is { Main: { } alone, Candidate: null } && (before.Main != alone || before.Candidate is not null))
        {
            roster.Reopen(alone);
        }

        _moved += traffic.Direct(wanted.Route, wanted.TakeBack);
        if (wanted.Route.Main is null)
        {
            _heldSince ??= time.GetTimestamp();
            return (null, null);
        }

        var account = (
            _heldSince is { } since ? time.GetElapsedTime(since).TotalMilliseconds : (double?)null,
            traffic.IsDirected ? _moved : (long?)null);
        (_heldSince, _moved) = (null, 0);
        return account;
    }
}

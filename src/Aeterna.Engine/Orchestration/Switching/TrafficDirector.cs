using Aeterna.Listeners;
using Aeterna.Orchestration.Machine;

namespace Aeterna.Orchestration;

/// <summary>Directs the inputs as the machine says, and keeps account of how long nobody had them. Used by the loop alone.</summary>
internal sealed class TrafficDirector(ITraffic traffic, TimeProvider time)
{
    private long? _heldSince;
    private long _moved;

    /// <summary>Sets the route.</summary>
    /// <returns>What there is for the record: the pause that has just ended, and frames that were taken back since the last time.</returns>
    public (double? PausedMs, long Moved) Direct(DirectTraffic wanted)
    {
        var before = traffic.Route;
        foreach (var generation in new[] { wanted.Route.Main, wanted.Route.Candidate }.OfType<int>())
        {
            if (generation != before.Main && generation != before.Candidate)
            {
                traffic.Prepare(generation);
            }
        }

        _moved += traffic.Direct(wanted.Route, wanted.TakeBack);
        if (wanted.Route.Main is null)
        {
            _heldSince ??= time.GetTimestamp();
            return (null, 0);
        }

        var account = (_heldSince is { } since && traffic.IsDirected ? time.GetElapsedTime(since).TotalMilliseconds : (double?)null, _moved);
        (_heldSince, _moved) = (null, 0);
        return account;
    }
}

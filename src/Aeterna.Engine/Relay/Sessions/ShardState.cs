using Aeterna.Ledger;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <summary>A <see cref="Shard"/> as plain data.</summary>
/// <param name="Counts">What was counted there.</param>
/// <param name="Sessions">Its sessions.</param>
internal sealed record ShardState(InputCounts Counts, IReadOnlyList<SessionState> Sessions);

/// <content>From one engine to the next.</content>
internal sealed partial class Shard
{
    /// <summary>It as plain data, with what its sessions hold; null: a session is on its way from one generation to another.</summary>
    public ShardState? State(LedgerBytes bytes) => _sessions.TrueForAll(session => session.CanBeCarried)
        ? new ShardState(Counts(), _sessions.ConvertAll(session => session.State(bytes)))
        : null;

    /// <summary>Counts on from where a predecessor was.</summary>
    public void CountOn(InputCounts counts)
    {
        (FramesIn, BytesIn, Lost, _moved) = (FramesIn + counts.FramesIn, BytesIn + counts.BytesIn, Lost + counts.Lost, _moved + counts.Moved);
        foreach (var (generation, given) in counts.ToGeneration)
        {
            Given(generation).Frames += given.Frames;
            Given(generation).Bytes += given.Bytes;
        }
    }

    /// <summary>Takes a predecessor's sessions over; they do nothing yet.</summary>
    /// <param name="states">They.</param>
    /// <param name="bytes">What they hold.</param>
    /// <param name="each">Told of each leg, by the engine's end.</param>
    /// <exception cref="LedgerException">Something of one is missing.</exception>
    public void Take(IEnumerable<SessionState> states, LedgerBytes bytes, Action<int, Leg> each)
    {
        foreach (var state in states)
        {
            Interlocked.Increment(ref Loop.Load);
            Relay.Budget.TryTake();
            var session = new RelaySession(this, state, bytes);
            Add(session);
            session.Take(state.Legs, leg => each(leg.Fd, leg));
        }
    }

    /// <summary>Knows a route that its sessions follow already.</summary>
    public bool Know(Route route)
    {
        _route = route;
        return true;
    }

    /// <summary>Lets them go on.</summary>
    public void GoOn() => Walk(session => session.GoOnHere(), () => { });
}

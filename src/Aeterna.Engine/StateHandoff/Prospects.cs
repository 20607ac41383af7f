using Microsoft.Extensions.Logging;

namespace Aeterna.StateHandoff;

/// <summary>
/// What a generation can still expect: who serves, who has had its answer, and whose push is awaited. A peer that waits for state and
/// cannot get any is told so, and goes. May be used from any thread.
/// </summary>
internal sealed class Prospects(PeerTable peers, PeerFarewell farewell, ILogger logger)
{
    private readonly Lock _gate = new();
    private volatile Known _known = new(null, 0, null);

    // The whole is replaced, so that the table's lock need not be held with this one.
    private sealed record Known(int? Active, int Answered, int? PushAwaited)
    {
        // Only a generation that is to take the place of another one gets state, and only once.
        public bool IsCold(int generation) => Active is null || generation <= Active || generation <= Answered;
    }

    /// <summary>A process that pushes its state is awaited of this generation: one that says nothing yet is at work on it.</summary>
    public int? PushAwaited
    {
        get => _known.PushAwaited;
        set => Learn(known => known with { PushAwaited = value });
    }

    /// <summary>This generation serves (null: none does).</summary>
    public void Serves(int? generation) => Learn(known => known with { Active = generation });

    /// <summary>The handoff to this generation is over: who comes now comes too late.</summary>
    public void HasBeenServed(int generation) => Learn(known => known with { Answered = Math.Max(known.Answered, generation) });

    /// <summary>Tells those that wait in vain.</summary>
    public void DismissCold()
    {
        foreach (var peer in peers.DropAll(IsCold))
        {
            if (peer.Role == PeerRole.Unknown)
            {
                logger.TakenForReader(peer.Pid, peer.Generation);
            }

            _ = farewell.Dismiss(peer);
        }
    }

    private bool IsCold(Peer peer)
    {
        var known = _known;
        return peer.Generation != known.PushAwaited && peer.Takes(peer.Generation) && known.IsCold(peer.Generation);
    }

    private void Learn(Func<Known, Known> what)
    {
        lock (_gate)
        {
            _known = what(_known);
        }

        DismissCold();
    }
}

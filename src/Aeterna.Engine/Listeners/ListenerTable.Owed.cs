using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <content>
/// What clients may count on. Somebody who reloads may drop a port on purpose, and has been told if it was not on purpose; a generation that was started after a crash, or
/// again in place of a bad one, drops one only by mistake. So its socket stays, with all who wait at it, until the next one that is asked for.
/// </content>
internal sealed partial class ListenerTable
{
    private int _askedFor;

    /// <inheritdoc/>
    public void Owe(int generation)
    {
        lock (_gate)
        {
            _askedFor = generation;
            foreach (var held in _byKey.Values)
            {
                held.Owed = false;
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<ListenerAddress> OwedBy(int generation)
    {
        lock (_gate)
        {
            return [.. _byKey.Values.Where(held => held.Owed && !held.Serving.Contains(generation)).Select(held => held.Key.Address).Distinct()];
        }
    }

    // A port that a program opens for a while only is not missed.
    private static bool IsOfTheService(HeldSocket held) =>
        held.IsListener && (held.Input is not null || (held.Backlog is not null && Environment.TickCount64 - held.HeldSince >= PassingMilliseconds));
}

using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <content>
/// What clients may count on. Somebody who reloads may drop a port on purpose, and has been told if it was not on purpose; a generation that was started after a crash, or
/// again in place of a bad one, drops one only by mistake. So its socket stays, with all who wait at it, until the next one that is asked for.
/// </content>
internal sealed partial class ListenerTable
{
    private readonly HashSet<ListenerAddress> _missed = [];
    private int _askedFor;

    /// <inheritdoc/>
    public void Owe(int generation)
    {
        lock (_gate)
        {
            _askedFor = generation;
            _missed.Clear();
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
            var served = _byKey.Values.Where(held => held.Serving.Contains(generation)).Select(held => held.Key.Address).ToHashSet();
            return [.. _byKey.Values.Where(held => held.Owed).Select(held => held.Key.Address).Concat(_missed).Distinct().Where(address => !served.Contains(address))];
        }
    }

    // A port that a program opens for a while only is not missed.
    private static bool IsOfTheService(HeldSocket held) =>
        held.IsListener && (held.Input is not null || (held.Backlog is not null && Environment.TickCount64 - held.HeldSince >= PassingMilliseconds));

    // Whoever sends to a full unix datagram socket stands still, and all of a machine sends to /dev/log: nobody is kept waiting there for hours.
    private static bool IsKept(HeldSocket held) => held.Owed && held.Key.Address.Scheme != ListenerScheme.Unixgram;

    private void Miss(HeldSocket held)
    {
        if (held.Owed)
        {
            _missed.Add(held.Key.Address);
        }
    }
}

using Aeterna.Generations;
using Aeterna.Listeners;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>What a generation really serves: not what it has bound once, but what its processes have open and what works.</summary>
internal static class ServedSockets
{
    /// <summary>The addresses that a generation serves at this moment.</summary>
    public static IReadOnlySet<ListenerAddress> Of(IListenerTable listeners, IGeneration generation)
    {
        var open = generation.Sockets();
        return listeners.GivenTo(generation.Number).Where(s => s.Works && open.Contains(s.Inode)).Select(s => s.Address).ToHashSet();
    }

    /// <summary>
    /// Why a candidate cannot take over: something that the one before it served it has bound too, and does not serve any more. What it has
    /// not bound at all was allowed when it became ready.
    /// </summary>
    /// <param name="before">What the one before it served.</param>
    /// <param name="listeners">The held sockets.</param>
    /// <param name="candidate">The candidate.</param>
    /// <returns>Null: it serves all of it.</returns>
    public static string? Lost(IReadOnlySet<ListenerAddress> before, IListenerTable listeners, IGeneration candidate)
    {
        var bound = listeners.HeldBy(candidate.Number);
        var lost = before.Where(bound.Contains).Except(Of(listeners, candidate)).Order(Comparer<ListenerAddress>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()))).ToList();
        return lost.Count == 0 ? null : $"it has bound {string.Join(", ", lost)} and does not serve {(lost.Count == 1 ? "it" : "them")} any more";
    }
}

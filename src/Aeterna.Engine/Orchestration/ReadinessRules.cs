using Aeterna.Generations;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>The generation whose place a candidate takes, as far as readiness goes.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Held">What it holds, or held when it died, and what it owes.</param>
/// <param name="Notified">It sent READY=1.</param>
internal sealed record Predecessor(int Number, IReadOnlyCollection<ListenerAddress> Held, bool Notified)
{
    /// <summary>What it really served when it was last looked at; null: it was not.</summary>
    public IReadOnlySet<ListenerAddress>? Served { get; init; }
}

/// <summary>What a candidate has to do to be ready. Pure.</summary>
internal static class ReadinessRules
{
    /// <summary>
    /// It must bind what the configuration lists and what its predecessor holds, but not what the predecessor's configuration
    /// listed and the new one no longer does: that was dropped on purpose.
    /// </summary>
    /// <param name="plan">The candidate's plan.</param>
    /// <param name="predecessor">The generation whose place it takes.</param>
    /// <param name="predecessorPlan">That one's plan.</param>
    /// <param name="mustReplaceAll">
    /// False when the caller forces it (the program's own configuration may drop a port, which nobody can tell from a module that did
    /// not load), and when the predecessor is dead: then any service is better than none.
    /// </param>
    public static ReadinessRequirement For(Plan plan, Predecessor? predecessor, Plan? predecessorPlan, bool mustReplaceAll)
    {
        var wanted = Addresses(plan);
        var mustBind = new HashSet<ListenerAddress>(wanted);
        if (predecessor is not null && mustReplaceAll)
        {
            mustBind.UnionWith(predecessor.Held);
            mustBind.ExceptWith((predecessorPlan is null ? [] : Addresses(predecessorPlan)).Except(wanted));
        }

        var startup = plan.Orchestration.Startup;
        var sameProgram = predecessorPlan?.Service.Command[0] == plan.Service.Command[0];
        return new ReadinessRequirement(
            startup.Ready,
            startup.Timeout,
            mustBind,
            ExpectsNotify: startup.Ready == Readiness.Listeners
                && (plan.Service.Profile.Notifies || (sameProgram && predecessor is { Notified: true })));
    }

    private static List<ListenerAddress> Addresses(Plan plan) => [.. plan.Service.Listeners.Select(listener => listener.Address)];
}

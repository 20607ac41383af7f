using Aeterna.Configuration;
using Aeterna.Generations;

namespace Aeterna.Orchestration;

/// <summary>The generation whose place a candidate takes, as far as readiness goes.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Held">What it holds, or held when it died.</param>
/// <param name="Notified">It sent READY=1.</param>
internal sealed record Predecessor(int Number, IReadOnlyCollection<ListenerAddress> Held, bool Notified);

/// <summary>What a candidate has to do to be ready. Pure.</summary>
internal static class ReadinessRules
{
    /// <summary>
    /// It must bind what the configuration lists and what its predecessor holds, but not what the predecessor's configuration
    /// listed and the new one no longer does: that was dropped on purpose.
    /// </summary>
    public static ReadinessRequirement For(Plan plan, Predecessor? predecessor, Plan? predecessorPlan)
    {
        var wanted = Addresses(plan);
        var mustBind = new HashSet<ListenerAddress>(wanted);
        if (predecessor is not null)
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
            MustNotify: startup.Ready == Readiness.Listeners
                && (plan.Service.Profile.Notifies || (sameProgram && predecessor is { Notified: true })));
    }

    private static List<ListenerAddress> Addresses(Plan plan) => [.. plan.Service.Listeners.Select(listener => listener.Address)];
}

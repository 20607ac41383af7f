using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration.Switching;

/// <summary>How traffic moves to a candidate, and why (<c>canary.traffic</c>). Pure but for what a profile reads of the program's files.</summary>
internal static class TrafficRules
{
    /// <summary>
    /// What the configuration, the profile and the running generation say, before anything is started. Null: that is to be seen when the
    /// candidate runs.
    /// </summary>
    /// <param name="plan">The new plan.</param>
    /// <param name="footprint">
    /// Looks at the running generation of a program that no profile knows: what a second one beside it would spoil, or null. Not asked where
    /// state goes from the old process to the new one, which it can only do while both run.
    /// </param>
    public static TrafficChoice? Before(Plan plan, Func<string?> footprint)
    {
        var wanted = plan.Orchestration.Canary.Traffic;
        if (wanted != Traffic.Auto)
        {
            return new TrafficChoice(wanted, "canary.traffic says so");
        }

        return plan.Service.Profile.Traffic?.Invoke(plan.Service) is { } advice ? new TrafficChoice(advice.Traffic, advice.Reason)
            : !plan.Orchestration.StateHandoff.Enabled && footprint() is { } shown ? new TrafficChoice(
                Traffic.Sequential, $"the running process {shown}, and no profile says that two of it at a time do no harm (if so: canary.traffic: split)")
            : null;
    }

    /// <summary>What is done in the end.</summary>
    /// <param name="before">What was known before.</param>
    /// <param name="active">Files that the active generation has open for writing.</param>
    /// <param name="candidate">Files that the candidate has.</param>
    /// <param name="directed">Whether the engine directs inputs at all.</param>
    public static TrafficChoice Finally(TrafficChoice? before, IReadOnlySet<string> active, IReadOnlySet<string> candidate, bool directed)
    {
        var choice = before ?? ByFiles(active, candidate);
        return directed ? choice
            : choice.Traffic == Traffic.Exclusive ? new TrafficChoice(
                Traffic.Split, $"exclusive was wanted ({choice.Reason}), but every socket is shared, so both generations get traffic", Directed: false)
            : choice with { Directed = false };
    }

    private static TrafficChoice ByFiles(IReadOnlySet<string> active, IReadOnlySet<string> candidate)
    {
        var both = active.Where(candidate.Contains).Order(StringComparer.Ordinal).FirstOrDefault();
        return both is null
            ? new TrafficChoice(Traffic.Split, "no file is written by both generations")
            : new TrafficChoice(Traffic.Exclusive, $"both generations have {both} open for writing");
    }
}

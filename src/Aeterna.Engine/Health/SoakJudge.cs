using System.Collections.Immutable;
using Aeterna.Contract;

namespace Aeterna.Health;

/// <summary>
/// Decides a soak from what its probes said. Pure: it never changes, and time comes in as a yes or no. A soak fails when a
/// probe failed <see cref="ProbeReport.FailureThreshold"/> times in a row; it passes when its time is over, every probe has run
/// and the last run of each was good.
/// </summary>
internal sealed record SoakJudge
{
    private SoakJudge(ImmutableArray<ProbeReport> probes) => Probes = probes;

    /// <summary>Every probe with its last result.</summary>
    public ImmutableArray<ProbeReport> Probes { get; private init; }

    /// <summary>A soak in which nothing has run yet.</summary>
    public static SoakJudge Of(IEnumerable<(string Name, int FailureThreshold)> probes) =>
        new([.. probes.Select(probe => new ProbeReport { Name = probe.Name, FailureThreshold = Math.Max(1, probe.FailureThreshold) })]);

    /// <summary>The same after one more run of the probe at an index.</summary>
    public SoakJudge With(int index, ProbeResult result) => this with
    {
        Probes = Probes.SetItem(index, Probes[index] with
        {
            Healthy = result.Healthy,
            Detail = result.Detail,
            Runs = Probes[index].Runs + 1,
            ConsecutiveFailures = result.Healthy ? 0 : Probes[index].ConsecutiveFailures + 1,
        }),
    };

    public SoakDecision Decide(bool timeIsOver)
    {
        foreach (var probe in Probes)
        {
            if (probe.ConsecutiveFailures >= probe.FailureThreshold)
            {
                return SoakDecision.Failed(
                    $"{probe.Name}: {probe.Detail}{(probe.ConsecutiveFailures > 1 ? $" ({probe.ConsecutiveFailures} times in a row)" : "")}");
            }
        }

        return timeIsOver && Probes.All(probe => probe.Healthy == true) ? SoakDecision.Passed : SoakDecision.GoOn;
    }
}

/// <summary>What is to be done with a soak.</summary>
/// <param name="Over">It has ended.</param>
/// <param name="Failure">Why it failed; null when it goes on or passed.</param>
internal sealed record SoakDecision(bool Over, string? Failure)
{
    public static SoakDecision GoOn { get; } = new(false, null);

    public static SoakDecision Passed { get; } = new(true, null);

    public static SoakDecision Failed(string why) => new(true, why);
}

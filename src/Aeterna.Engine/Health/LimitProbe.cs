using Aeterna.Machine.Plans;

namespace Aeterna.Health;

/// <summary>Takes one sample for each round of probes, so that all limits judge the same moment.</summary>
/// <param name="take">Measures both generations.</param>
internal sealed class UsageWindow(Func<UsageSample> take)
{
    public UsageSample? Before { get; private set; }

    public UsageSample? Now { get; private set; }

    public void Advance() => (Before, Now) = (Now, take());
}

/// <summary>One of <c>canary.limits</c> as a probe.</summary>
internal sealed class LimitProbe(string name, int failureThreshold, Func<ProbeResult> judge) : IProbe
{
    public string Name => $"limit {name}";

    public int FailureThreshold => failureThreshold;

    public Task<ProbeResult> Run(CancellationToken cancel) => Task.FromResult(judge());

    /// <summary>The probes that a plan's limits ask for. They forgive as many rounds in a row as the health check does.</summary>
    public static IEnumerable<LimitProbe> For(CanaryPlan plan, UsageWindow window)
    {
        var threshold = plan.HealthCheck?.FailureThreshold ?? 1;
        if (plan.RssLimit is { } rss)
        {
            yield return new LimitProbe("rss", threshold, () => LimitJudge.Rss(window.Now!, rss));
        }

        if (plan.CpuLimit is { } cpu)
        {
            yield return new LimitProbe("cpu", threshold, () => LimitJudge.Cpu(window.Before, window.Now!, cpu));
        }

        if (plan.FdsLimit is { } fds)
        {
            yield return new LimitProbe("fds", threshold, () => LimitJudge.Fds(window.Now!, fds));
        }
    }
}

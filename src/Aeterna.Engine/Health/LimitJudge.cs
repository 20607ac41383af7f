using System.Globalization;

namespace Aeterna.Health;

/// <summary>
/// <c>canary.limits</c>: the candidate against the active generation. Pure. So that twice of nothing does not trip, the active
/// generation counts as using at least <see cref="RssFloor"/>, <see cref="CpuFloor"/> and <see cref="FdsFloor"/>: with a limit of
/// 2x a candidate below 32 MiB, 10% of one processor or 64 descriptors is always good.
/// </summary>
internal static class LimitJudge
{
    /// <summary>16 MiB.</summary>
    public const long RssFloor = 16L << 20;

    /// <summary>Share of one processor.</summary>
    public const double CpuFloor = 0.05;

    public const int FdsFloor = 32;

    /// <summary>Judges memory.</summary>
    public static ProbeResult Rss(UsageSample now, double limit) =>
        Compare(now.Candidate.RssBytes, now.Active.RssBytes, RssFloor, limit, bytes => $"{Number(bytes / (1 << 20))} MiB");

    /// <summary>Judges descriptors.</summary>
    public static ProbeResult Fds(UsageSample now, double limit) =>
        Compare(now.Candidate.Fds, now.Active.Fds, FdsFloor, limit, Number);

    /// <summary>Judges processor time as a rate over the time between two samples, the same for both generations.</summary>
    public static ProbeResult Cpu(UsageSample? before, UsageSample now, double limit)
    {
        if (before is null || now.At <= before.At)
        {
            return ProbeResult.Good("no rate yet");
        }

        var window = (now.At - before.At).TotalSeconds;
        return Compare(
            Rate(before.Candidate, now.Candidate, window), Rate(before.Active, now.Active, window), CpuFloor, limit, Percent);
    }

    // The sum falls when a worker of the generation ends and takes its time with it.
    private static double Rate(Usage before, Usage now, double seconds) =>
        Math.Max(0, (now.Cpu - before.Cpu).TotalSeconds / seconds);

    private static ProbeResult Compare(double candidate, double active, double floor, double limit, Func<double, string> text)
    {
        var basis = Math.Max(active, floor);
        var detail = $"{Number(candidate / basis)}x of {Number(limit)}x ({text(candidate)}; active {text(active)}"
            + (active < floor ? $", counted as {text(floor)})" : ")");
        return new ProbeResult(candidate <= basis * limit, detail);
    }

    private static string Percent(double share) => $"{Number(share * 100)}% of a processor";

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}

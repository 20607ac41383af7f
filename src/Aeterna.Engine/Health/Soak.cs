using Aeterna.Contract;

namespace Aeterna.Health;

/// <summary>One soak: a first round of probes at once, then one each interval, until the judge decides.</summary>
/// <param name="probes">What to ask in each round, all at the same time.</param>
/// <param name="window">Advanced before each round; null when there are no limits.</param>
/// <param name="length">How long it lasts if nothing goes wrong.</param>
/// <param name="interval">Time between the end of a round and the next.</param>
/// <param name="time">The clock.</param>
internal sealed class Soak(
    IReadOnlyList<IProbe> probes, UsageWindow? window, TimeSpan length, TimeSpan interval, TimeProvider time)
{
    private static readonly TimeSpan _shortestPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _longestPause = TimeSpan.FromDays(1);

    /// <summary>Called on the soak's own task with each state of it; the probe is the one that has just run, null at the begin.</summary>
    public required Action<SoakReport, ProbeReport?> Observed { get; init; }

    /// <returns>Why it failed, or null when it passed.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<string?> Run(CancellationToken cancel)
    {
        var judge = SoakJudge.Of(probes.Select(probe => (probe.Name, probe.FailureThreshold)));
        var report = new SoakReport { StartedAt = time.GetUtcNow(), EndsAt = time.GetUtcNow() + length, Probes = judge.Probes };
        var began = time.GetTimestamp();
        Observed(report, null);
        while (true)
        {
            window?.Advance();
            var results = await Task.WhenAll(probes.Select(probe => Ask(probe, cancel))).ConfigureAwait(false);
            for (var i = 0; i < results.Length; i++)
            {
                judge = judge.With(i, results[i]);
                report = report with { Probes = judge.Probes, RemainingSeconds = Math.Max(0, Left(began).TotalSeconds) };
                Observed(report, judge.Probes[i]);
            }

            var decision = judge.Decide(Left(began) <= TimeSpan.Zero);
            if (!decision.Over)
            {
                decision = await Wait(judge, began, cancel).ConfigureAwait(false);
            }

            if (decision.Over)
            {
                return decision.Failure;
            }
        }
    }

    /// <summary>Waits for the next round, or for the end of the soak if that comes first and nothing speaks against it.</summary>
    private async Task<SoakDecision> Wait(SoakJudge judge, long began, CancellationToken cancel)
    {
        var pause = TimeSpan.FromTicks(Math.Clamp(interval.Ticks, _shortestPause.Ticks, _longestPause.Ticks));
        var left = Left(began);
        if (left > TimeSpan.Zero && left < pause)
        {
            await Task.Delay(left, time, cancel).ConfigureAwait(false);
            if (judge.Decide(timeIsOver: true) is { Over: true } decision)
            {
                return decision;
            }

            pause -= left;
        }

        await Task.Delay(pause, time, cancel).ConfigureAwait(false);
        return judge.Decide(Left(began) <= TimeSpan.Zero);
    }

    private TimeSpan Left(long began) => length - time.GetElapsedTime(began);

    // A probe that breaks is a probe that failed: what it was to show has not been shown.
    private static async Task<ProbeResult> Ask(IProbe probe, CancellationToken cancel)
    {
        try
        {
            return await probe.Run(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            return ProbeResult.Bad($"the probe broke: {e.Message}");
        }
    }
}

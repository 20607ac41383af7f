using Aeterna.Contract;

namespace Aeterna.Health;

/// <summary>
/// One soak: a first round of probes at once, then one each interval, until the judge decides. Before it passes, those that have the last word are asked
/// once more.
/// </summary>
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
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called on the soak's own task with each state of it; the probe is the one that has just run, null at the begin.</summary>
    public required Action<SoakReport, ProbeReport?> Observed { get; init; }

    /// <summary>Called on the soak's own task after the first round in which every probe was good.</summary>
    public Action? RoundPassed { get; init; }

    /// <summary>Its time is over, whatever is left of it: it passes as soon as the last result of each probe is good. From any thread.</summary>
    public void End() => _end.TrySetResult();

    /// <returns>Why it failed, or null when it passed.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<string?> Run(CancellationToken cancel)
    {
        var judge = SoakJudge.Of(probes.Select(probe => (probe.Name, probe.FailureThreshold)));
        var report = new SoakReport { StartedAt = time.GetUtcNow(), EndsAt = time.GetUtcNow() + length, Probes = judge.Probes };
        var began = time.GetTimestamp();
        var passed = false;
        Observed(report, null);
        while (true)
        {
            window?.Advance();
            await Round(_ => true).ConfigureAwait(false);
            if (!passed && judge.Probes.All(probe => probe.Healthy == true))
            {
                passed = true;
                RoundPassed?.Invoke();
            }

            var decision = judge.Decide(Left(began) <= TimeSpan.Zero);
            if (!decision.Over)
            {
                decision = await Wait(judge, began, cancel).ConfigureAwait(false);
                if (decision == SoakDecision.Passed)
                {
                    await Round(probe => probe.HasLastWord).ConfigureAwait(false);
                    decision = judge.Decide(timeIsOver: true);
                }
            }

            if (decision.Over)
            {
                if (_end.Task.IsCompleted && time.GetUtcNow() is var now && now < report.EndsAt)
                {
                    Observed(report with { EndsAt = now, RemainingSeconds = 0 }, null);
                }

                return decision.Failure;
            }
        }

        async Task Round(Func<IProbe, bool> asks)
        {
            var asked = Enumerable.Range(0, probes.Count).Where(i => asks(probes[i])).ToList();
            var results = await Task.WhenAll(asked.Select(i => Ask(probes[i], cancel))).ConfigureAwait(false);
            foreach (var (i, result) in asked.Zip(results))
            {
                judge = judge.With(i, result);
                report = report with { Probes = judge.Probes, RemainingSeconds = Math.Max(0, Left(began).TotalSeconds) };
                Observed(report, judge.Probes[i]);
            }
        }
    }

    /// <summary>Waits for the next round, or for the end of the soak if that comes first and nothing speaks against it.</summary>
    private async Task<SoakDecision> Wait(SoakJudge judge, long began, CancellationToken cancel)
    {
        var pause = TimeSpan.FromTicks(Math.Clamp(interval.Ticks, _shortestPause.Ticks, _longestPause.Ticks));
        var left = Left(began);
        if (left > TimeSpan.Zero)
        {
            var slept = time.GetTimestamp();
            await UntilEnd(left < pause ? left : pause, cancel).ConfigureAwait(false);
            if (judge.Decide(left < pause || _end.Task.IsCompleted) is { Over: true } decision)
            {
                return decision;
            }

            pause -= time.GetElapsedTime(slept);
        }

        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, time, cancel).ConfigureAwait(false);
        }

        return judge.Decide(Left(began) <= TimeSpan.Zero);
    }

    // Sleeps, but not beyond a call of End.
    private async Task UntilEnd(TimeSpan pause, CancellationToken cancel)
    {
        using var sleep = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny(Task.Delay(pause, time, sleep.Token), _end.Task).ConfigureAwait(false);
        await sleep.CancelAsync().ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
    }

    private TimeSpan Left(long began) => _end.Task.IsCompleted ? TimeSpan.Zero : length - time.GetElapsedTime(began);

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

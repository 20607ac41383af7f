using Aeterna.Contract;
namespace Aeterna.Health;

/// <summary>Bounds a probe in time.</summary>
internal static class Deadline
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    /// <summary>Runs a check; one that is not done in time is a bad result and not an exception.</summary>
    public static async Task<ProbeResult> Run(
        TimeSpan timeout, TimeProvider time, Func<CancellationToken, Task<ProbeResult>> check, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(timeout < _longest ? timeout : _longest, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        try
        {
            return await check(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            return ProbeResult.Bad($"no answer within {Durations.FormatBrief(timeout)}");
        }
    }
}

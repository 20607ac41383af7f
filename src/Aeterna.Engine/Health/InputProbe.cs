using Aeterna.Generations;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Health;

/// <summary>
/// <c>input</c>: what it is given it reads. Always part of a soak on live traffic: a program that hangs is alive, and all that clients send would lie
/// before it for ever.
/// </summary>
/// <param name="leftovers">What lies before it at this moment.</param>
/// <param name="activity">What its threads do at this moment.</param>
/// <param name="time">The clock.</param>
internal sealed class InputProbe(Func<IReadOnlyList<(string Address, Leftover Leftover)>> leftovers, Func<Activity> activity, TimeProvider time) : IProbe
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    private readonly long _began = time.GetTimestamp();
    private ReadingJudge _judge = ReadingJudge.None;

    /// <inheritdoc/>
    public string Name => "input";

    /// <summary>A full disk or a slow name server may hold a program up for a while.</summary>
    public int FailureThreshold => 3;

    /// <inheritdoc/>
    public bool HasLastWord => true;

    /// <summary>Looks once, and for a while if something lies there of which nothing has been read: a program that works leaves something at many a moment.</summary>
    public async Task<ProbeResult> Run(CancellationToken cancel)
    {
        if (activity().IsStopped)
        {
            return ProbeResult.Bad("it is stopped (a SIGCONT lets it go on)");
        }

        var from = time.GetElapsedTime(_began);
        while (true)
        {
            var at = time.GetElapsedTime(_began);
            _judge = _judge.With(at, leftovers());
            if (_judge.Hangs(activity) is { } address)
            {
                return ProbeResult.Bad($"it reads nothing of what comes to {address}, and something lies there");
            }

            if (_judge.ReadsSince(from) || at - from >= ReadingJudge.Window)
            {
                return ProbeResult.Good("it reads what it is given");
            }

            await Task.Delay(_look, time, cancel).ConfigureAwait(false);
        }
    }
}

using System.Globalization;
using Aeterna.Generations;

namespace Aeterna.Health.Quiescence;

/// <summary>
/// Decides whether a program that never rests, since it wakes up by the clock, has nothing to do all the same: over
/// <see cref="Window"/> it used less than 1% of a processor and wrote nothing. Enough for one that is about to be told to end, which
/// finishes what it has; not for one that is to be frozen. Pure: it never changes.
/// </summary>
internal sealed record CalmJudge
{
    /// <summary>How long it has to be calm.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private const double MostShare = 0.01;

    private readonly TimeSpan _since;
    private readonly long _written;
    private readonly double _ran;

    private CalmJudge(TimeSpan since, Activity seen) => (_since, _written, _ran) = (since, seen.Written, Ran(seen));

    /// <summary>It has been calm for long enough.</summary>
    public bool IsCalm { get; private init; }

    /// <summary>The judge after one more look.</summary>
    /// <param name="judge">What it was before; null at the first look.</param>
    /// <param name="at">When, on a clock that only goes forward.</param>
    /// <param name="seen">What was seen.</param>
    public static CalmJudge After(CalmJudge? judge, TimeSpan at, Activity seen) =>
        judge is null || judge._written != seen.Written || Ran(seen) - judge._ran > Window.TotalSeconds * MostShare
            ? new CalmJudge(at, seen)
            : judge with { IsCalm = at - judge._since >= Window };

    /// <summary>Processor time in seconds. The first number of a schedstat is nanoseconds; without one nothing is known.</summary>
    private static double Ran(Activity seen) => seen.Threads.Sum(thread =>
        long.TryParse(thread.Progress.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ran) ? ran / 1e9 : 0);
}

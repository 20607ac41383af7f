using System.Diagnostics;

namespace Aeterna.Keeper;

/// <summary>
/// Whether an engine dies again and again. One that has died three times within a minute carries on what it has, and lets nothing new in unless it is told to: what was being
/// done when it died might be what it dies of.
/// </summary>
/// <param name="Last">When the last ones died (<see cref="Stopwatch.GetTimestamp"/>: CLOCK_MONOTONIC, which is the same for all of them), at most three.</param>
/// <param name="IsLost">They died within a minute. That stays until another program goes on.</param>
internal sealed record Steadiness(IReadOnlyList<long> Last, bool IsLost)
{
    /// <summary>So many are too many.</summary>
    public const int Most = 3;

    private static readonly TimeSpan _span = TimeSpan.FromMinutes(1);

    /// <summary>Nobody has died.</summary>
    public static Steadiness Good { get; } = new([], false);

    /// <summary>Those of some deaths that are not known here yet.</summary>
    public IReadOnlyList<long> New(IEnumerable<long> deaths) => [.. deaths.Where(death => Last.Count == 0 || death > Last[^1])];

    /// <summary>Another one has died.</summary>
    public Steadiness After(long died)
    {
        List<long> last = [.. Last.TakeLast(Most - 1), died];
        return new Steadiness(last, IsLost || (last.Count == Most && Stopwatch.GetElapsedTime(last[0], died) <= _span));
    }

    /// <summary>Why nothing new is let in; null: it is.</summary>
    public string? WhyNot => IsLost
        ? "the engine has died three times within a minute, and carries on what it has (aeterna upgrade brings another program; --force reloads all the same)"
        : null;
}

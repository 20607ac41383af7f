using System.Diagnostics;

namespace Aeterna.Load.Pacing;

/// <summary>The time since a run began; every time in its reports is on this clock.</summary>
internal sealed class RunClock
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>When the run began.</summary>
    public DateTimeOffset StartedAt { get; } = DateTimeOffset.Now;

    /// <summary>Time since then.</summary>
    public TimeSpan Now => Stopwatch.GetElapsedTime(_start);
}

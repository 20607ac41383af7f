using Aeterna.Linux;

namespace Aeterna.Generations.Outside;

/// <summary>When a process was started.</summary>
internal static class ProcessStart
{
    private const double TicksPerSecond = 100; // USER_HZ on both architectures.

    /// <summary>To some hundredths of a second; now for one that is gone.</summary>
    public static DateTimeOffset Of(int pid)
    {
        var sinceBoot = TimeSpan.FromMilliseconds(Environment.TickCount64);
        return ProcFs.Stat(pid) is { } stat ? DateTimeOffset.UtcNow - (sinceBoot - TimeSpan.FromSeconds(stat.StartTicks / TicksPerSecond)) : DateTimeOffset.UtcNow;
    }
}

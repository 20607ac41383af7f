using System.Globalization;
using Aeterna.Linux;

namespace Aeterna.Generations.Outside;

/// <summary>When a process was started.</summary>
internal static class ProcessStart
{
    /// <summary>To some hundredths of a second; now for one that is gone.</summary>
    public static DateTimeOffset Of(int pid) =>
        ProcFs.Stat(pid) is { } stat && ProcThreads.Text("/proc/uptime")?.Split(' ') is [var sinceBoot, ..]
            ? DateTimeOffset.UtcNow - (TimeSpan.FromSeconds(double.Parse(sinceBoot, CultureInfo.InvariantCulture)) - stat.StartedAfterBoot)
            : DateTimeOffset.UtcNow;
}

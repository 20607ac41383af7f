using System.Globalization;

namespace Aeterna.Linux;

/// <summary>Some fields of /proc/PID/stat (proc_pid_stat(5)).</summary>
/// <param name="State">R, S, D, T, t, Z, X, I, …</param>
/// <param name="Parent">The parent's id; 0: none that is visible here.</param>
/// <param name="Group">The process group's id.</param>
/// <param name="Session">The session's id.</param>
/// <param name="Cpu">Processor time of all its threads, user and system.</param>
/// <param name="StartTicks">When it was started, in clock ticks since boot: with its id it names the process for good.</param>
/// <param name="RssBytes">Resident bytes.</param>
internal readonly record struct ProcStat(char State, int Parent, int Group, int Session, TimeSpan Cpu, long StartTicks, long RssBytes)
{
    /// <summary>Clock ticks per second of this file (USER_HZ: 100 on both architectures).</summary>
    private const int UserHz = 100;

    /// <summary>When it was started, after boot (CLOCK_BOOTTIME, as /proc/uptime).</summary>
    public TimeSpan StartedAfterBoot => TimeSpan.FromSeconds(StartTicks / (double)UserHz);

    // Indexes after the name.
    private const int ParentField = 1;
    private const int GroupField = 2;
    private const int SessionField = 3;
    private const int UserTimeField = 11;
    private const int SystemTimeField = 12;
    private const int StartField = 19;
    private const int RssField = 21;

    /// <summary>Reads the file's text; null when that is no such text.</summary>
    public static ProcStat? Parse(string text)
    {
        // The name before it may contain anything, parentheses and line ends too.
        var end = text.LastIndexOf(") ", StringComparison.Ordinal);
        var fields = end < 0 ? [] : text[(end + 2)..].TrimEnd('\n').Split(' ');
        if (fields.Length <= RssField || fields[0].Length != 1)
        {
            return null;
        }

        return Number(fields[ParentField]) is { } parent && Number(fields[GroupField]) is { } group && Number(fields[SessionField]) is { } session
            && Number(fields[UserTimeField]) is { } user && Number(fields[SystemTimeField]) is { } system
            && Number(fields[StartField]) is { } start && Number(fields[RssField]) is { } pages
            ? new ProcStat(
                fields[0][0], (int)parent, (int)group, (int)session, TimeSpan.FromSeconds((user + system) / (double)UserHz), start,
                pages * Environment.SystemPageSize)
            : null;
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}

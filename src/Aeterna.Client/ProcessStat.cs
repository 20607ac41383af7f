using System.Globalization;

namespace Aeterna.Client;

/// <summary>A process of this machine as proc(5), <c>/proc/PID/stat</c>, shows it.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Parent">Whose child it is now.</param>
/// <param name="Session">The session that it is in.</param>
/// <param name="Started">When it was started, in ticks since boot: no other process of that number has the same.</param>
internal sealed record ProcessStat(int Pid, int Parent, int Session, long Started)
{
    // After the name, of which nobody knows what is in it.
    private const int ParentField = 1;
    private const int SessionField = 3;
    private const int StartedField = 19;

    /// <summary>All that there are; none where there is no <c>/proc</c>.</summary>
    public static IEnumerable<ProcessStat> All() => !Directory.Exists("/proc") ? [] : Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? Of(pid) : null).OfType<ProcessStat>();

    /// <summary>That process; null when it has ended, also when nobody has waited for it yet.</summary>
    public static ProcessStat? Of(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X"
                ? null
                : new ProcessStat(
                    pid, int.Parse(fields[ParentField], CultureInfo.InvariantCulture), int.Parse(fields[SessionField], CultureInfo.InvariantCulture),
                    long.Parse(fields[StartedField], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

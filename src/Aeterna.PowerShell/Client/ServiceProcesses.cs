using System.Globalization;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Client;

/// <summary>The main processes of a service on this machine, noted while its engine answers, to see after its end that they have ended too.</summary>
internal sealed class ServiceProcesses
{
    private const int StartTimeField = 19; // After the name, of which nobody knows what is in it: proc(5), /proc/PID/stat.

    // They are killed before the engine ends; the kernel may need a moment.
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    private readonly List<(int Pid, string Started)> _processes;

    private ServiceProcesses(List<(int Pid, string Started)> processes) => _processes = processes;

    /// <summary>Those of the generations that a status names.</summary>
    public static ServiceProcesses Of(StatusReport status) =>
        new([.. status.Generations.Select(generation => (generation.Pid, Started: Alive(generation.Pid))).Where(p => p.Started is not null).Select(p => (p.Pid, p.Started!))]);

    /// <summary>Those that are still there a moment later.</summary>
    public IReadOnlyList<int> Left()
    {
        var until = DateTime.UtcNow + _grace;
        while (true)
        {
            var left = _processes.Where(p => Alive(p.Pid) == p.Started).Select(p => p.Pid).ToList();
            if (left.Count == 0 || DateTime.UtcNow > until)
            {
                return left;
            }

            Thread.Sleep(_look);
        }
    }

    // When it was started, in ticks since boot; null when it is no more.
    private static string? Alive(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[StartTimeField];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

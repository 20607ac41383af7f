using Aeterna.Contract;
using Aeterna.Linux;

namespace Aeterna.Cli;

/// <summary>The processes of a service on this machine, noted while its engine answers, to see after its end that they have ended too.</summary>
internal sealed class ServiceProcesses
{
    // They are killed before the engine ends; the kernel may need a moment.
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    private readonly List<(int Pid, int Session, long Started)> _main;

    private ServiceProcesses(List<(int Pid, int Session, long Started)> main) => _main = main;

    /// <summary>Those of the generations that a status names.</summary>
    public static ServiceProcesses Of(StatusReport status) => new(
        [.. status.Generations.Select(g => (g.Pid, Stat: ProcFs.Stat(g.Pid))).Where(p => p.Stat is not null).Select(p => (p.Pid, p.Stat!.Value.Session, p.Stat.Value.StartTicks))]);

    /// <summary>Those that are still there a moment later: the main processes, and what is in their sessions.</summary>
    public async Task<IReadOnlyList<int>> Left()
    {
        var until = DateTime.UtcNow + _grace;
        IReadOnlyList<int> alive;
        while ((alive = Alive()).Count > 0 && DateTime.UtcNow < until)
        {
            await Task.Delay(_look).ConfigureAwait(false);
        }

        return alive;
    }

    private IReadOnlyList<int> Alive()
    {
        var stats = ProcFs.Processes().Select(pid => (Pid: pid, Stat: ProcFs.Stat(pid))).Where(p => p.Stat is { State: not ('Z' or 'X') }).ToList();
        return [.. stats.Where(p => _main.Exists(m => Belongs(p.Pid, p.Stat!.Value, m))).Select(p => p.Pid)];
    }

    // A number that another process has by now is not a session's of before: that one is still taken as long as the session lives.
    private static bool Belongs(int pid, ProcStat stat, (int Pid, int Session, long Started) main) =>
        pid == main.Pid ? stat.StartTicks == main.Started : stat.Session == main.Session && (main.Session != main.Pid || stat.StartTicks >= main.Started);
}

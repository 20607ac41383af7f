using Aeterna.Generations.Freezing;
using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>
/// All processes of a generation. A control group where the engine may make one; otherwise those below the main process, in its
/// session, or with the generation's directory in their environment (a descendant that left the session comes to the engine,
/// which is a subreaper, and still has it).
/// </summary>
internal sealed class ProcessSet(Cgroup? group, int main, string instanceDirectory)
{
    /// <summary>They as plain data.</summary>
    public ProcessSetState State() => new(group?.Path, main, instanceDirectory);

    /// <summary>Whether a control group holds them, which none of them can leave.</summary>
    public bool HasCgroup => group is not null;

    /// <summary>The ids of those that are alive (zombies included).</summary>
    public IReadOnlyList<int> Pids() => group?.Processes() ?? FindDescendants();

    /// <summary>Sends SIGKILL to all of them, until none is left that could start another; false when some are left after <see cref="Killing.Patience"/>.</summary>
    public bool Kill() => group?.TryKill() == true || new Killing(Alive).Run();

    /// <summary>Sends SIGCONT to those that a signal has stopped.</summary>
    public void Continue()
    {
        foreach (var pid in Pids().Where(pid => ProcFs.Stat(pid) is { State: 'T' }))
        {
            _ = LibC.kill(pid, Signals.SIGCONT); // ESRCH: it has just ended.
        }
    }

    /// <summary>Holds them still: by the control group where there is one that can be frozen.</summary>
    public IFreezer Freezer() => group is { CanFreeze: true } ? new GroupFreezer(group) : new SignalFreezer(Pids);

    /// <summary>What they do at this moment.</summary>
    public Activity Activity()
    {
        var alive = Pids();
        return new Activity([.. alive.SelectMany(ProcThreads.Of).Where(t => t.State is not ('Z' or 'X'))], alive.Sum(ProcThreads.Written));
    }

    /// <summary>Whether somebody in them waits for clients of some sockets.</summary>
    /// <param name="sockets">Inodes of the sockets.</param>
    /// <param name="areHeld">They are held still.</param>
    public Attendance Attendance(IReadOnlySet<ulong> sockets, bool areHeld) =>
        Pids().Select(pid => SocketWaiters.Of(pid, sockets, areHeld)).Append(Linux.Attendance.Nobody).Max();

    /// <summary>Paths of the regular files that they have open for writing.</summary>
    public IReadOnlySet<string> FilesWritten() => Pids().SelectMany(ProcFs.FilesWritten).ToHashSet();

    /// <summary>Inodes of the sockets that they have open.</summary>
    public IReadOnlySet<ulong> Sockets() => Pids().SelectMany(ProcFs.Sockets).ToHashSet();

    /// <summary>What they use.</summary>
    public ResourceUsage Usage()
    {
        long rss = 0;
        var cpu = TimeSpan.Zero;
        var (fds, count) = (0, 0);
        foreach (var pid in Pids())
        {
            if (ProcFs.Stat(pid) is { } stat && stat.State != 'Z')
            {
                rss += stat.RssBytes;
                cpu += stat.Cpu;
                fds += ProcFs.Descriptors(pid).Count();
                count++;
            }
        }

        return new ResourceUsage(rss, cpu, fds, count);
    }

    private List<int> Alive() => [.. Pids().Where(p => ProcFs.Stat(p) is { State: not 'Z' })];

    private List<int> FindDescendants()
    {
        var marker = $"AETERNA_INSTANCE_DIR={instanceDirectory}";
        var stats = ProcFs.Processes().Select(p => (Pid: p, Stat: ProcFs.Stat(p))).Where(p => p.Stat is not null).ToDictionary(p => p.Pid, p => p.Stat!.Value);
        return
        [
            .. stats.Keys.Where(pid => pid != Environment.ProcessId
                && (stats[pid].Session == main || IsBelowMain(pid, stats) || ProcFs.Environ(pid).Contains(marker))),
        ];
    }

    private bool IsBelowMain(int pid, Dictionary<int, ProcStat> stats)
    {
        for (var i = 0; i < stats.Count && pid > 1; i++)
        {
            if (pid == main)
            {
                return true;
            }

            pid = stats.TryGetValue(pid, out var stat) ? stat.Parent : 0;
        }

        return false;
    }
}

/// <summary>A <see cref="ProcessSet"/> as plain data.</summary>
/// <param name="Group">Path of the control group; null: there is none.</param>
/// <param name="Main">The process that was started.</param>
/// <param name="InstanceDirectory">The generation's directory.</param>
internal sealed record ProcessSetState(string? Group, int Main, string InstanceDirectory);

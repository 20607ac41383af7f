using System.Diagnostics;
using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>
/// Ends processes, also such that start others faster than they can be found. A whole process group gets its signal in one go, so that none
/// of it forks meanwhile; and where that is not enough all are stopped first: what is stopped starts nothing, and keeps its place under the
/// limit of processes, so that there are ever fewer that run.
/// </summary>
/// <param name="find">Those that are alive (no zombies, which start nothing).</param>
internal sealed class Killing(Func<IReadOnlyList<int>> find)
{
    /// <summary>How long it tries.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int PlainRounds = 3;

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly ProcStat? _own = ProcFs.Stat(Environment.ProcessId);

    private bool IsLate => Stopwatch.GetElapsedTime(_started) > Patience;

    /// <summary>Does it; false when some are left. Waits: not for a thread that others wait for.</summary>
    public bool Run()
    {
        for (var round = 0; find() is { Count: > 0 } alive; round++)
        {
            if (IsLate)
            {
                return false;
            }

            if (round >= PlainRounds)
            {
                Stop();
                alive = find();
            }

            Send(alive, Signals.SIGKILL);
            Thread.Yield();
        }

        return true;
    }

    private void Stop()
    {
        var stopped = new HashSet<int>();
        while (!IsLate)
        {
            var running = find().Where(pid => stopped.Add(pid) | ProcFs.Stat(pid) is { State: not ('T' or 't' or 'Z' or 'X') }).ToList();
            if (running.Count == 0)
            {
                return;
            }

            Send(running, Signals.SIGSTOP);
        }
    }

    private void Send(IReadOnlyList<int> processes, int signal)
    {
        // A session begins with one process, and only its descendants are in it: all of a group whose session is not ours belongs to them.
        var groups = processes.Select(pid => ProcFs.Stat(pid)).Where(stat => stat is { Group: > 1 } s && s.Session != _own?.Session && s.Session > 0)
            .Select(stat => stat!.Value.Group).Distinct();
        foreach (var group in groups)
        {
            _ = LibC.kill(-group, signal); // ESRCH: it has just ended.
        }

        foreach (var pid in processes)
        {
            _ = LibC.kill(pid, signal);
        }
    }
}

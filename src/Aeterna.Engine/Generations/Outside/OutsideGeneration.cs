using Aeterna.Generations.Footprints;
using Aeterna.Generations.Freezing;
using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Generations.Outside;

/// <summary>
/// A daemon that the engine has not started, as a generation: what is seen of its processes, and signals to them. It has no broker, no folder and no output here.
/// It is never frozen by what the engine does for it as long as it may go on by itself, and dispose leaves it alone.
/// </summary>
/// <param name="number">By what number it is known.</param>
/// <param name="process">Its main process.</param>
/// <param name="service">The service that it is taken for.</param>
internal sealed class OutsideGeneration(int number, ChildProcess process, ServicePlan service) : IGeneration
{
    // No process has it: its own are those below the main process, and in that one's session.
    private const string NoFolder = "/nowhere";

    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(20);

    private readonly ProcessSet _processes = new(null, process.Pid, NoFolder);
    private readonly SignalFreezer _freezer = new(new ProcessSet(null, process.Pid, NoFolder).Pids);
    private readonly Lock _gate = new();
    private Task? _gone;

    public int Number => number;

    public int Pid => process.Pid;

    /// <summary>Never: who else takes the work over is not told to the engine.</summary>
    public event Action MainMoved
    {
        add { }
        remove { }
    }

    public DateTimeOffset StartedAt { get; } = ProcessStart.Of(process.Pid);

    public Task<ProcessExit> Exited => process.Exited;

    public Task Gone
    {
        get
        {
            lock (_gate)
            {
                return _gone ??= FollowAll();
            }
        }
    }

    public bool NotifiedReady => false;

    public string? NotifyStatus => null;

    /// <summary>Its processes, the main one first.</summary>
    public IReadOnlyList<int> Pids() => [Pid, .. _processes.Pids().Where(pid => pid != Pid)];

    public Task<string?> WaitReady(ReadinessRequirement requirement, CancellationToken cancel) => Task.FromResult<string?>(null);

    public ResourceUsage Usage() => Gone.IsCompleted ? default : _processes.Usage();

    public bool Owns(int pid) => pid == Pid ? !Exited.IsCompleted : !Gone.IsCompleted && _processes.Pids().Contains(pid);

    public void Signal(int signal)
    {
        if (_freezer.IsFrozen && !ProcessSignals.Blocks(Pid, signal))
        {
            process.SignalMainThread(signal);
        }
        else
        {
            process.Signal(signal);
        }
    }

    public void Continue()
    {
        if (!IsFrozen && !Gone.IsCompleted)
        {
            _processes.Continue();
        }
    }

    public void EndLeft()
    {
        foreach (var pid in Exited.IsCompleted ? _processes.Pids() : [])
        {
            _ = LibC.kill(pid, Linux.Signals.SIGTERM); // ESRCH: it has just ended.
        }
    }

    public void Kill()
    {
        if (!Gone.IsCompleted)
        {
            process.Signal(Linux.Signals.SIGKILL);
            _ = _processes.Kill();
        }
    }

    public bool IsFrozen => _freezer.IsFrozen;

    public bool Freeze(CancellationToken cancel) => !Gone.IsCompleted && _freezer.Freeze(cancel);

    public void Thaw() => _freezer.Thaw();

    public Activity Activity()
    {
        var seen = Gone.IsCompleted ? new Activity([], 0) : _processes.Activity();
        return service.Profile.Housekeeping is { } kept
            ? seen with { Threads = [.. seen.Threads.Select(t => t.Sleeps && kept.Includes(t.Thread == Pid, t.Name) ? t with { Idles = true } : t)] }
            : seen;
    }

    public bool Catches(int signal) => !Exited.IsCompleted && ProcFs.Catches(Pid, signal);

    public IReadOnlySet<ulong> Sockets() => _processes.Sockets();

    public string? Footprint() => Gone.IsCompleted ? null : Footprints.Footprint.Of(
        new FootprintSubject(Pid, Pids(), StartedAt, NoFolder, service.Env, new RenameTrail()));

    public IReadOnlySet<string> FilesWritten() => _processes.FilesWritten();

    /// <summary>Leaves it alone.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task FollowAll()
    {
        await Exited.ConfigureAwait(false);
        while (_processes.Usage().Processes > 0)
        {
            await Task.Delay(_interval).ConfigureAwait(false);
        }
    }
}

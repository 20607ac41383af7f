using System.Diagnostics;

using Aeterna.Broker;
using Aeterna.Generations.Footprints;
using Aeterna.Generations.Freezing;
using Aeterna.Linux;
using Aeterna.Listeners;

using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Generations;

/// <summary>A generation of real processes. Owns its broker, its output pipes, its notify socket, its control group and its directory.</summary>
internal sealed partial class Generation : IGeneration
{
    private static readonly TimeSpan _stragglerInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _heirPatience = TimeSpan.FromSeconds(5);

    private readonly MainProcess _main;
    private readonly GenerationResources _resources;
    private readonly ListenerTable _listeners;
    private readonly ILogger _log;
    private readonly ReadinessWatch _watch;
    private readonly Action _onDisposed;
    private readonly IFreezer _freezer;
    private readonly Profile _profile;
    private readonly IReadOnlyList<string> _environment;
    private int _disposed;
    private int _killing;

    public Generation(
        GenerationSpec spec,
        ChildProcess child,
        GenerationResources resources,
        ListenerTable listeners,
        ReadinessWatch watch,
        Func<int, ChildProcess?> adopt,
        Action onDisposed,
        ILogger log)
    {
        Number = spec.Number;
        _main = new MainProcess(child, pid => resources.Processes.Pids().Contains(pid), adopt, pid => HeirOf(pid, spec.Service.PidFile ?? resources.PidFile));
        _main.Moved += OnMainMoved;
        _resources = resources;
        _listeners = listeners;
        _watch = watch;
        _onDisposed = onDisposed;
        _profile = spec.Service.Profile;
        _environment = spec.Service.Env;
        _freezer = resources.Processes.Freezer();
        _log = log;
        StartedAt = resources.StartedAt ?? DateTimeOffset.UtcNow;
        Exited = FollowExit();
        Gone = FollowAll();
        resources.Notify.HearMain(pid => _main.MoveTo(pid)); // When there is all that this takes.
    }

    public int Number { get; }

    public int Pid => _main.Current.Pid;

    public event Action? MainMoved;

    public DateTimeOffset StartedAt { get; }

    public Task<ProcessExit> Exited { get; }

    public Task Gone { get; }

    public IReadOnlyList<string> LastLines => _resources.Tail.Lines;

    public string? Lacks => _watch.Lacks;

    public string? FailedBind => _watch.FailedBind;

    public bool NotifiedReady => _resources.Notify.IsReady;

    public string? NotifyStatus => _resources.Notify.Status;

    public Task<string?> WaitReady(ReadinessRequirement requirement, CancellationToken cancel) =>
        _watch.Wait(this, requirement, () => _listeners.HeldBy(Number), cancel);

    public ResourceUsage Usage() => Gone.IsCompleted ? default : _resources.Processes.Usage();

    /// <summary>The processes that are its own.</summary>
    public IReadOnlyList<int> Pids() => Gone.IsCompleted ? [] : _resources.Processes.Pids();

    public bool Owns(int pid) => pid == Pid ? !Exited.IsCompleted : !Gone.IsCompleted && _resources.Processes.Pids().Contains(pid);

    public void Signal(int signal)
    {
        // In this order: a call that is interrupted before the signal is there would be made anew, and wait on.
        if (_freezer.IsFrozen && !ProcessSignals.Blocks(Pid, signal))
        {
            // All threads look for signals when they are let go. One for the process would be taken by whichever is first, and the one that
            // waits for it, the main thread as the kernel has it for a process that runs, would sleep on.
            _main.Current.SignalMainThread(signal);
        }
        else
        {
            _main.Current.Signal(signal);
        }

        _resources.Broker.Interrupt();
    }

    public void Continue()
    {
        if (!IsFrozen && !Gone.IsCompleted)
        {
            _resources.Processes.Continue();
        }
    }

    public void EndLeft()
    {
        foreach (var pid in Exited.IsCompleted ? _resources.Processes.Pids() : [])
        {
            _ = LibC.kill(pid, Linux.Signals.SIGTERM); // ESRCH: it has just ended.
        }
    }

    public void Kill()
    {
        if (!Gone.IsCompleted && !_resources.Processes.Kill() && Interlocked.Exchange(ref _killing, 1) == 0)
        {
            _ = KillOn();
        }
    }

    public bool IsFrozen => _freezer.IsFrozen;

    public bool Freeze(CancellationToken cancel) => !Gone.IsCompleted && _freezer.Freeze(cancel);

    public void Thaw() => _freezer.Thaw();

    public Activity Activity() => Gone.IsCompleted ? new Activity([], 0) : _profile.Housekeeping is { } kept ? Mark(_resources.Processes.Activity(), kept)
        : _resources.Processes.Activity();

    public Attendance Attendance(IReadOnlySet<ulong> sockets) => _resources.Processes.Attendance(sockets, IsFrozen);

    public bool Catches(int signal) => !Exited.IsCompleted && ProcFs.Catches(Pid, signal);

    public IReadOnlySet<ulong> Sockets() => _resources.Processes.Sockets();

    public string? Footprint() => Gone.IsCompleted ? null : Footprints.Footprint.Of(
        new FootprintSubject(Pid, _resources.Processes.Pids(), StartedAt, _resources.InstanceDirectory, _environment, _resources.Renames));

    public IReadOnlySet<string> FilesWritten() => _resources.Processes.FilesWritten();

    /// <summary>Frees everything; what is still alive is killed first.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await Gone.ConfigureAwait(false);
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _resources.Dispose();
            _onDisposed();
        }
    }

    // They start others faster than they are found, or the kernel holds them: until there is none.
    private async Task KillOn()
    {
        while (!Gone.IsCompleted)
        {
            await Task.Delay(_stragglerInterval).ConfigureAwait(false);
            await Task.Factory.StartNew(
                () => _resources.Processes.Kill(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private Activity Mark(Activity seen, Housekeeping kept) => seen with
    {
        Threads = [.. seen.Threads.Select(t => t.Sleeps && kept.Includes(t.Thread == Pid, t.Name) ? t with { Idles = true } : t)],
    };

    private async Task<ProcessExit> FollowExit()
    {
        var exit = await _main.Follow(_resources.Notify.Read).ConfigureAwait(false);
        GenerationLog.Ended(_log, Number, Pid, exit);
        _watch.Changed();
        return exit;
    }

    private void OnMainMoved(int before)
    {
        GenerationLog.MainMoved(_log, Number, before, Pid);
        _resources.Broker.MoveMain(Pid);
        MainMoved?.Invoke();
        _watch.Changed();
    }

    /// <summary>Who is named in the pid file once the one that was is gone: its successor may need a moment to write itself there.</summary>
    private async Task<int?> HeirOf(int dead, string? file)
    {
        var since = Stopwatch.StartNew();
        while (file is not null && since.Elapsed < _heirPatience && Activity().Threads.Count > 0)
        {
            if (PidFiles.Read(file) is { } named)
            {
                return named == dead ? null : named;
            }

            await Task.Delay(_stragglerInterval).ConfigureAwait(false);
        }

        return null;
    }

    private async Task FollowAll()
    {
        var exit = await Exited.ConfigureAwait(false);
        if (exit.Clean && _resources.Processes.Usage().Processes > 0)
        {
            GenerationLog.Daemonized(_log, Number, Pid);
        }

        // The kernel ends the broker when the last process that has its filter has been reaped. If the broker itself broke,
        // the list of processes decides.
        await _resources.Broker.Ended.ConfigureAwait(false);
        while (_resources.Processes.Usage().Processes > 0)
        {
            await Task.Delay(_stragglerInterval).ConfigureAwait(false);
        }
    }
}

/// <summary>What one generation has of the engine's; freed in one place.</summary>
internal sealed record GenerationResources(
    SocketBroker Broker, LineReader Output, NotifySocket Notify, ProcessSet Processes, Cgroup? Group, string InstanceDirectory) : IDisposable
{
    private static readonly TimeSpan _lastWords = TimeSpan.FromSeconds(1);

    /// <summary>What it has printed last.</summary>
    public required OutputTail Tail { get; init; }

    /// <summary>When it was started, if by a predecessor of this engine.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The service's.</summary>
    public required RenameTrail Renames { get; init; }

    /// <summary>Where the program, as its command is run, leaves the id of its main process; null when that is not known.</summary>
    public string? PidFile { get; init; }

    /// <summary>Frees everything; the processes must be gone.</summary>
    public void Dispose()
    {
        Broker.Dispose();

        // What a process prints last is often why it ended. Nobody has the other end any more.
        Output.Ended.Wait(_lastWords);
        Output.Dispose();
        Notify.Dispose();
        Group?.TryRemove();
        Generations.InstanceDirectory.Remove(InstanceDirectory);
    }
}

using System.Runtime.InteropServices;

using Aeterna.Linux;
using Aeterna.Machine;

namespace Aeterna.Generations;

/// <summary>
/// The one place that waits for processes: those that the engine starts, and as PID 1 or subreaper the orphans that come to it.
/// </summary>
/// <remarks>
/// The engine waits on a thread of its own and keeps SIGCHLD at its default. Handled by the runtime, the signal would make the runtime
/// itself reap every process where the engine is PID 1, and the engine would never learn how its service ended. A process that starts
/// children by other means too (the tests) is told by the signal and reaps only what was started here.
/// </remarks>
internal sealed class ChildReaper : IDisposable
{
    // Orphans, mostly, that nobody asks for.
    private const int MostTold = 256;

    private static readonly TimeSpan _lookForOrphans = TimeSpan.FromSeconds(1);

    /// <summary>Who has reaped a process tells of it at once, unless he is gone too.</summary>
    private static readonly TimeSpan _longestWord = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, ChildProcess> _children = [];
    private readonly bool _reapOrphans;
    private readonly PosixSignalRegistration? _signal;
    private readonly ManualResetEventSlim _spawned = new();
    private volatile int _keeper;
    private readonly Dictionary<int, ProcessExit> _told = [];
    private volatile bool _disposed;

    /// <param name="reapOrphans">Reap also what others left; only for a process that waits for nothing by other means.</param>
    /// <param name="known">Processes that a predecessor of this engine has started.</param>
    /// <param name="keeper">A process that reaps what comes to it, and tells how it has ended (<see cref="Told"/>); 0: none.</param>
    public ChildReaper(bool reapOrphans, IReadOnlyList<int>? known = null, int keeper = 0)
    {
        (_reapOrphans, _keeper) = (reapOrphans, keeper);
        foreach (var pid in known ?? [])
        {
            Know(pid); // Before anything is reaped: one that has ended meanwhile tells how.
        }

        if (reapOrphans)
        {
            new Thread(ReapAll) { IsBackground = true, Name = "reaper" }.Start();
        }
        else
        {
            _signal = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => ReapOwn());
        }
    }

    /// <summary>Starts a process and keeps watch over it.</summary>
    /// <param name="start">Starts it and returns its id.</param>
    /// <exception cref="LinuxException">What <paramref name="start"/> throws; EMFILE.</exception>
    public ChildProcess Spawn(Func<int> start)
    {
        lock (_gate)
        {
            if (_reapOrphans)
            {
                SignalDefault.Set(Signals.SIGCHLD); // Each time: the console may have had the runtime handle it meanwhile.
            }

            // Under the lock, so that it is not reaped before it is known.
            var pid = start();
            _spawned.Set();
            FileDescriptor handle;
            try
            {
                handle = PidFd.TryOpen(pid) ?? throw new LinuxException("pidfd_open", Errno.ESRCH);
            }
            catch (LinuxException)
            {
                _ = LibC.kill(pid, Signals.SIGKILL);
                _children[pid] = new ChildProcess(pid, new FileDescriptor(-1));
                throw;
            }

            return _children[pid] = new ChildProcess(pid, handle);
        }
    }

    /// <summary>Keeps watch over a process that somebody else has started. Null when it is gone.</summary>
    /// <exception cref="LinuxException">EINVAL (a thread's number), EMFILE.</exception>
    public ChildProcess? Adopt(int pid)
    {
        lock (_gate)
        {
            if (_children.TryGetValue(pid, out var known))
            {
                return known;
            }

            if (PidFd.TryOpen(pid) is not { } handle)
            {
                return null;
            }

            FileDescriptor watched;
            try
            {
                watched = PidFd.TryOpen(pid) ?? throw new LinuxException("pidfd_open", Errno.ESRCH);
            }
            catch (LinuxException)
            {
                handle.Dispose();
                throw;
            }

            var child = _children[pid] = new ChildProcess(pid, handle);
            var isKept = _keeper != 0 && ProcFs.Stat(pid)?.Parent == _keeper;
            new Thread(() => WatchAdopted(child, watched, isKept)) { IsBackground = true, Name = $"end of {pid}" }.Start();
            return child;
        }
    }

    /// <summary>The keeper is gone, and tells nothing any more.</summary>
    public void LoseKeeper() => _keeper = 0;

    /// <summary>The keeper has reaped a process.</summary>
    public void Told(int pid, ProcessExit exit)
    {
        lock (_gate)
        {
            if (_children.Remove(pid, out var child))
            {
                child.SetExited(exit);
            }
            else if (_told.Count < MostTold)
            {
                _told[pid] = exit;
            }
        }
    }

    /// <summary>A process that has ended before it was watched: how, only the keeper can have told.</summary>
    public ChildProcess Ended(int pid)
    {
        var child = new ChildProcess(pid, new FileDescriptor(-1));
        lock (_gate)
        {
            child.SetExited(_told.GetValueOrDefault(pid, ProcessExit.Unseen));
        }

        return child;
    }

    /// <summary>Number of processes started and not reaped yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _children.Count;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The thread sits in waitid until a process ends, or the engine does.
        _disposed = true;
        _signal?.Dispose();
    }

    // One that is no child of this process has to be watched: only its parent is told of its end.
    private void Know(int pid)
    {
        if (ProcFs.Stat(pid)?.Parent != Environment.ProcessId)
        {
            _ = Adopt(pid);
        }
        else if (PidFd.TryOpen(pid) is { } handle)
        {
            _children[pid] = new ChildProcess(pid, handle);
        }
    }

    private void ReapOwn()
    {
        lock (_gate)
        {
            foreach (var pid in _children.Keys.ToList())
            {
                if (Wait.ReapOne(pid) is { } ended)
                {
                    Finish(ended);
                }
            }
        }
    }

    private void ReapAll()
    {
        while (!_disposed)
        {
            if (Wait.ForAny() is { } pid)
            {
                // Reaped under the lock: until then its number is not given to another process.
                lock (_gate)
                {
                    if (Wait.ReapOne(pid) is { } ended)
                    {
                        Finish(ended);
                    }
                }
            }
            else
            {
                // No child at all: until one is started, or an orphan may have come.
                _spawned.Wait(_lookForOrphans);
                _spawned.Reset();
            }
        }
    }

    // Its parent reaps it: the engine, once the parent it had is gone, or that parent, who alone learns how it ended; the keeper tells.
    private void WatchAdopted(ChildProcess child, FileDescriptor watched, bool isKept)
    {
        using (watched)
        {
            PollOnce.AwaitReadable(watched.Number);
        }

        if (isKept && _keeper != 0 && child.Exited.Wait(_longestWord))
        {
            return;
        }

        lock (_gate)
        {
            if (!(_reapOrphans && ProcFs.Stat(child.Pid)?.Parent == Environment.ProcessId)
                && _children.TryGetValue(child.Pid, out var known) && known == child)
            {
                _children.Remove(child.Pid);
                child.SetExited(ProcessExit.Unseen);
            }
        }
    }

    private void Finish((int Pid, int Code, int Signal) ended)
    {
        if (_children.Remove(ended.Pid, out var child))
        {
            child.SetExited(new ProcessExit(ended.Code, ended.Signal));
        }
    }
}

/// <summary>A process that the engine started. Its descriptor is closed when it has been reaped.</summary>
internal sealed class ChildProcess(int pid, FileDescriptor handle)
{
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    public int Pid { get; } = pid;

    /// <summary>Completes when it was reaped; never faults.</summary>
    public Task<ProcessExit> Exited => _exited.Task;

    /// <summary>Sends a signal to it; nothing once it was reaped.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
        {
            if (!handle.IsClosed && !handle.IsInvalid)
            {
                PidFd.Signal(handle, signal);
            }
        }
    }

    /// <summary>Sends a signal to its main thread alone; nothing once it was reaped.</summary>
    public void SignalMainThread(int signal)
    {
        lock (_gate)
        {
            if (!handle.IsClosed && !handle.IsInvalid)
            {
                ProcessSignals.SendToThread(Pid, Pid, signal);
            }
        }
    }

    /// <summary>Sends SIGKILL to it and waits until it was reaped; false when that took too long.</summary>
    public bool KillAndWait(TimeSpan limit)
    {
        Signal(Signals.SIGKILL);
        return Exited.Wait(limit);
    }

    /// <summary>Sends a signal to its process group, which it leads; nothing once it was reaped.</summary>
    public void SignalGroup(int signal)
    {
        lock (_gate)
        {
            if (!handle.IsClosed)
            {
                _ = LibC.kill(-Pid, signal); // ESRCH: the group is empty.
            }
        }
    }

    /// <summary>For the reaper.</summary>
    public void SetExited(ProcessExit exit)
    {
        lock (_gate)
        {
            handle.Dispose();
        }

        _exited.TrySetResult(exit);
    }
}

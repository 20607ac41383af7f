using System.Globalization;
using System.Runtime.CompilerServices;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Relay.Kept;

namespace Aeterna.Keeper;

/// <summary>
/// What a kept engine has of its keeper: its end of the wire, its guard, and the ledger that the guard goes on with when the engine dies. There is none in an engine that is not kept.
/// </summary>
internal sealed class Keeping : IDisposable
{
    /// <summary>The hidden verb of a guard that becomes the engine; <see cref="DescriptorGuard"/> adds the ledger and the time.</summary>
    public const string RecoveryVerb = "__recover";

    private readonly Lock _gate = new();
    private readonly GuardBoard _board = new();
    private readonly KeptSessions _sessions = new();
    private readonly FileDescriptor _wire;
    private readonly FileDescriptor _process;
    private readonly IReadOnlyList<long> _deaths;
    private DescriptorGuard? _guard;
    private FileDescriptor? _ledger;
    private EngineState? _last;
    private bool _isOver;

    private Keeping(FileDescriptor wire, FileDescriptor program, IReadOnlyList<long> deaths)
    {
        (_wire, Program, _deaths) = (wire, program, deaths);
        Keeper = ProcFs.Stat(Environment.ProcessId)?.Parent ?? 0;
        _process = PidFd.TryOpen(Environment.ProcessId) ?? throw new LinuxException("pidfd_open", Errno.ESRCH);
    }

    /// <summary>The keeper's process id; 0: it is gone.</summary>
    public int Keeper { get; private set; }

    /// <summary>This program, open; this object's.</summary>
    public FileDescriptor Program { get; }

    /// <summary>The end of the wire; this object's.</summary>
    public int Wire => _wire.Number;

    /// <summary>Where relayed connections are noted; this object's.</summary>
    public KeptSessions Sessions => _sessions;

    /// <summary>Why there is no guard; null: there is one.</summary>
    public string? WithoutGuard { get; private set; }

    /// <summary>Its guard (pidfd_open(2)), which stays this object's; null: there is none.</summary>
    public int? GuardProcess
    {
        get
        {
            lock (_gate)
            {
                return _guard?.Process;
            }
        }
    }

    /// <summary>Finds its keeper, and makes the guard; null when this process is no kept engine.</summary>
    /// <param name="openProgram">Opens this program.</param>
    /// <param name="deaths">When the engines before this one were found dead, the last ones (CLOCK_MONOTONIC, ns).</param>
    /// <param name="inherits">It goes on with another's service: the keeper is told of the guard by <see cref="Inherit"/>, so that it leaves that of the one before until then.</param>
    /// <exception cref="LinuxException">EMFILE, ENFILE, ENOMEM.</exception>
    public static Keeping? Begin(Func<FileDescriptor> openProgram, IReadOnlyList<long> deaths, bool inherits)
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(KeeperWire.Variable), NumberStyles.None, CultureInfo.InvariantCulture, out var end))
        {
            return null;
        }

        Successor.Keep([end], kept: false);
        var keeping = new Keeping(new FileDescriptor(end), openProgram(), deaths);
        keeping.Guard(tells: !inherits);
        return keeping;
    }

    /// <summary>Makes a guard, if there is none. Only a program that is compiled ahead of time can be one. What an earlier one was to go on with counts for this one too.</summary>
    public void Guard() => Guard(tells: true);

    private void Guard(bool tells)
    {
        lock (_gate)
        {
            if (_isOver || _guard is not null)
            {
                return;
            }

            WithoutGuard = RuntimeFeature.IsDynamicCodeSupported ? "this engine is not compiled ahead of time" : TryGuard();
            if (tells)
            {
                Tell(KeeperWire.Kind.Guarded, Environment.ProcessId, _guard?.Pid ?? 0);
            }
        }
    }

    /// <returns>Why there is none; null: there is.</returns>
    private string? TryGuard()
    {
        try
        {
            string[] arguments =
            [
                SelfCommand.File, RecoveryVerb, Program.Number.ToString(CultureInfo.InvariantCulture), .. _deaths.Select(death => death.ToString(CultureInfo.InvariantCulture)),
            ];
            var noFile = string.Create(CultureInfo.InvariantCulture, $"{ChildEnvironment.StartNoFile}={StartLimits.NoFileSoft}");
            _guard = new DescriptorGuard(
                _board, _process, _sessions.ForGuard, string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Program.Number}"), arguments, ChildEnvironment.Merge(ChildEnvironment.Whole(), [noFile]));
            return null;
        }
        catch (LinuxException e)
        {
            return e.Message;
        }
    }

    /// <summary>It for the status.</summary>
    /// <param name="deaths">How often an engine has died.</param>
    public KeeperReport? Report(int deaths)
    {
        lock (_gate)
        {
            return Keeper == 0 ? null : new KeeperReport { Pid = Keeper, Ready = _guard is not null && _ledger is not null, Deaths = deaths };
        }
    }

    /// <summary>Follows what the keeper says, on a thread of its own.</summary>
    /// <param name="ended">Told of a process of the service that the keeper has reaped.</param>
    /// <param name="lost">Told when the keeper is gone.</param>
    public void Follow(Action<int, ProcessExit> ended, Action lost) => new Thread(() => Listen(ended, lost)) { IsBackground = true, Name = "keeper" }.Start();

    /// <summary>
    /// Until the first ledger of this engine is written, its guard goes on with the one that it has itself begun with. The guard of the one before, which had been kept for the
    /// time in which this had none, ends.
    /// </summary>
    /// <param name="ledger">The ledger; open until <see cref="Disinherit"/>.</param>
    /// <param name="state">What is in it.</param>
    /// <param name="inherited">Of its descriptors those that this process was executed with.</param>
    /// <param name="arms">It is to be gone on with; else the keeper starts the service anew, should this engine die with it.</param>
    public void Inherit(FileDescriptor ledger, EngineState state, IReadOnlySet<int> inherited, bool arms)
    {
        using var sessions = state.Kept is { } kept && inherited.Contains(kept.Sessions) ? new KeptSessions(kept.Sessions) : null;
        using var before = state.Own.Guard is { } guard && inherited.Contains(guard) ? new FileDescriptor(guard) : null;
        int[] all = [_wire.Number, Program.Number, .. inherited.Where(fd => fd != before?.Number), .. sessions?.All() ?? []];
        lock (_gate)
        {
            // One guard at a time: of two that go on each would answer the other's clients. Who is killed while it waits does nothing any more, also before it has ended.
            var ends = before is not null && PidFd.Signal(before, Signals.SIGKILL);
            Tell(KeeperWire.Kind.Guarded, Environment.ProcessId, _guard?.Pid ?? 0);
            if (arms)
            {
                _board.Write(ledger.Number, all);
            }

            if (ends)
            {
                PollOnce.AwaitReadable(before!.Number); // It has all descriptors of this process's predecessor.
            }
        }
    }

    /// <summary>What this engine has begun with counts no more, whether it has written a ledger of its own or not: from here on things move.</summary>
    public void Disinherit()
    {
        lock (_gate)
        {
            if (_ledger is null)
            {
                _board.Write(0, []);
            }
        }
    }

    /// <summary>From now on this is what the guard goes on with.</summary>
    /// <exception cref="LedgerException">There is no memory, or no descriptor; what was written before counts on.</exception>
    public void Write(EngineState state)
    {
        var ledger = LedgerText.Write(state with { Inodes = state.Descriptors().Distinct().ToDictionary(fd => fd, FileStatus.InodeOf) });
        lock (_gate)
        {
            _board.Write(ledger.Number, [_wire.Number, .. state.Descriptors()]);
            _ledger?.Dispose();
            if (_ledger is null)
            {
                Tell(KeeperWire.Kind.Served, 0, 0);
            }

            (_ledger, _last) = (ledger, state);
        }
    }

    /// <summary>The service is being ended: whoever goes on with it ends it too.</summary>
    /// <exception cref="LedgerException">There is no memory, or no descriptor.</exception>
    public void Stops()
    {
        EngineState? last;
        lock (_gate)
        {
            last = _last;
        }

        if (last is { IsStopping: false })
        {
            Tell(KeeperWire.Kind.Stopping, 0, 0);
            Write(last with { IsStopping = true });
        }
    }

    /// <summary>Ends the guard: this process is about to execute another program, or has done all that it is for.</summary>
    public void DismissGuard()
    {
        lock (_gate)
        {
            _guard?.Dispose();
            _guard = null;
        }
    }

    /// <summary>Tells the keeper that this engine ends as it should.</summary>
    public void Leave(int exitCode)
    {
        lock (_gate)
        {
            _isOver = true;
            _board.Dismiss();
            Tell(KeeperWire.Kind.Left, exitCode, 0);
            DismissGuard();
        }
    }

    /// <summary>Ends the guard, and closes what this has; nothing of it is used any more.</summary>
    public void Dispose()
    {
        DismissGuard();
        _ledger?.Dispose();
        _sessions.Dispose();
        _process.Dispose();
        Program.Dispose();
    }

    private void Listen(Action<int, ProcessExit> ended, Action lost)
    {
        while (KeeperWire.Receive(_wire, wait: true) is { } packet)
        {
            if (packet.Kind == KeeperWire.Kind.Ended)
            {
                ended(packet.First, new ProcessExit(packet.Second, packet.Third));
            }
            else if (packet.Kind == KeeperWire.Kind.GuardEnded)
            {
                GuardAgain(packet.First);
            }
        }

        Keeper = 0;
        lost();
    }

    // The end of one that was dismissed is told too: another one then would be there beside the next program's.
    private void GuardAgain(int ended)
    {
        lock (_gate)
        {
            if (ended == _guard?.Pid)
            {
                DismissGuard();
                Guard();
            }
        }
    }

    private void Tell(KeeperWire.Kind kind, int first, int second) => KeeperWire.Send(_wire, new KeeperWire.Packet { Kind = kind, First = first, Second = second });
}

using System.Globalization;
using Aeterna.Broker;
using Aeterna.Contract;
using Aeterna.Control;
using Aeterna.Generations;
using Aeterna.Generations.Outside;
using Aeterna.Keeper;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Relay;
using Aeterna.StateHandoff;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging;

namespace Aeterna;

/// <summary>What runs the service: the orchestrator over real processes and sockets. Owns the floors below it.</summary>
internal sealed class ServiceEngine : IOrchestrator, IUpgradable, IAsyncDisposable
{
    private static ServiceEngine? _made;

    private readonly ChildReaper _reaper;
    private readonly RelayInputs _inputs;
    private readonly ListenerTable _listeners;
    private readonly GenerationHost _host;
    private readonly StateCoordinator _state;
    private readonly Orchestrator _orchestrator;
    private readonly EngineUpgrade _upgrade;
    private readonly LedgerUpkeep? _upkeep;

    private ServiceEngine(EngineContext context)
    {
        // As subreaper the engine gets the descendants that outlive their parents, also where it is not PID 1.
        Errno.ThrowIfFailed(Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)");
        StartLimits.RaiseOwn();
        _reaper = new ChildReaper(
            reapOrphans: true, context.Before is { } before ? [before.Generation.Pid, .. before.Leaving.Select(old => old.Pid)] : [], context.Keeping?.Keeper ?? 0);
        context.Keeping?.Follow(_reaper.Told, () =>
        {
            _reaper.LoseKeeper();
            context.Notices.Set("keeper", "the engine's keeper is gone: nobody starts the service anew when the engine dies and its guard cannot go on (aeterna stop and start)");
        });
        if (context.Keeping?.WithoutGuard is { } why)
        {
            context.Notices.Set("guard", $"the engine has no guard ({why}): when it dies, its keeper starts the service anew");
        }

        _inputs = new RelayInputs(context.Logs.CreateLogger<RelayInputs>(), context.Plan.Relay.MaxMemory, context.Keeping?.Sessions)
        {
            Paused = context.Instruments.Moved,
            Crowded = (address, why) => Note(context.Notices, address, why),
            Members = generation => _host!.Find(generation)?.Pids() ?? [],
        };
        _listeners = new ListenerTable(context.Journal, context.Logs.CreateLogger<ListenerTable>(), _inputs);
        var commands = new CommandRunner(_reaper);
        var outside = context.Adopt is { } pid ? TakeIn(pid, context, commands) : null;
        _host = new GenerationHost(
            context.Paths, _listeners, _reaper, new Meter(context.Instruments), context.Logs.CreateLogger<GenerationHost>())
        {
            IsKept = context.Keeping is not null,
        };
        if (context.Before is null)
        {
            _host.Sweep();
            _host.Prepare();
        }
        else if (context.IsRecovery)
        {
            _host.Sweep([.. (context.Before.IsGone ? context.Before.Leaving : context.Before.Leaving.Append(context.Before.Generation)).Select(kept => kept.Processes)], context.Before.Generation.Processes);
        }

        _state = new StateCoordinator(
            Path.Combine(context.Paths.RunDirectory, "state.sock"), GenerationOf, context.Instruments, context.Notices, context.Time,
            context.Logs.CreateLogger<StateCoordinator>())
        {
            Progressed = (progress, generation) => context.Journal.Publish(Said(progress, generation)),
        };
        _state.Prepare(context.Plan);
        _orchestrator = new Orchestrator(new OrchestratorOptions
        {
            FirstPlan = context.Plan,
            ReadPlan = () => Read(context),
            Host = _host,
            Commands = commands,
            PipedCommands = commands,
            State = _state,
            Listeners = _listeners,
            Traffic = _listeners.Traffic,
            Journal = context.Journal,
            Logger = context.Logs.CreateLogger<Orchestrator>(),
            EngineVersion = context.Version,
            Time = context.Time,
            Warnings = _ => context.Notices.All(),
            Outside = outside,
            LastUpgrade = () => context.LastUpgrade.Report,
            Keeper = () => context.Keeping?.Report(context.Deaths),
            WhyNoReload = context.WhyNoReload,
        });
        _upkeep = context.Keeping is { } keeping
            ? new LedgerUpkeep(
                keeping, _orchestrator, _host, _listeners, _inputs,
                (now, bytes, service, listeners, generation) => context.Describe(keeping.Program.Number, now, bytes, service, listeners, generation))
            : null;
        _upgrade = new EngineUpgrade(context, _orchestrator, _host, _listeners, _inputs, _state, commands);
    }

    public Task<int> Completion => _orchestrator.Completion;

    /// <inheritdoc/>
    public Task Wanted => _upgrade.Wanted;

    /// <summary>Makes it and begins the first start, or goes on with what a predecessor has started.</summary>
    /// <exception cref="LedgerException">A predecessor's service cannot be gone on with; why.</exception>
    public static IOrchestrator Start(EngineContext context)
    {
        // Rooted also if it cannot go on: what it has taken over must not be closed before another one has it.
        var engine = _made = new ServiceEngine(context);
        if (context.Before is { } before)
        {
            engine.GoOn(before, context);
        }
        else
        {
            engine._orchestrator.Start();
        }

        engine._upkeep?.Start(context.Journal.Follow(context.Journal.LastEvent, CancellationToken.None));

        return engine;
    }

    /// <inheritdoc/>
    public Task HandOver() => _upgrade.HandOver();

    public Task<RequestOutcome> Upgrade(UpgradeRequest request, string requestedBy) => _upgrade.Ask(request, requestedBy);

    public StatusReport Status() => _orchestrator.Status();

    public Task<RequestOutcome> Reload(ReloadRequest request, string requestedBy) => _orchestrator.Reload(request, requestedBy);

    public ReloadRecord? Queued(string id) => _orchestrator.Queued(id);

    public Task<RequestOutcome> Rollback(string requestedBy) => _orchestrator.Rollback(requestedBy);

    public Task<RequestOutcome> Promote(string requestedBy) => _orchestrator.Promote(requestedBy);

    public SignalOutcome Signal(string signal, string requestedBy) => _orchestrator.Signal(signal, requestedBy);

    public Task<RequestOutcome> Stop(bool now, string requestedBy) => _orchestrator.Stop(now, requestedBy);

    /// <summary>Takes over what a predecessor had, from the bottom up; only at the end does anything move.</summary>
    private void GoOn(EngineState before, EngineContext context)
    {
        var plan = context.Plan;
        var bytes = new LedgerBytes(new FileDescriptor(before.Bytes)); // Not closed if this fails: another one needs it then.
        if (context.IsRecovery)
        {
            before = EngineRecovery.WithConnections(context, before, bytes);
        }

        var legs = _listeners.Take(before.Listeners, bytes, plan.Service);
        var generation = before.IsGone ? null : _host.Take(before.Generation, plan.Service, legs, context.IsRecovery);
        var leaving = before.Leaving.Select(old => _host.Take(old, plan.Service, legs, context.IsRecovery)).ToList();
        _upkeep?.Begin(before.Service, before.IsStopping);
        context.IsUp(); // From here on things move, and only this engine knows how they stand.
        foreach (var fd in context.Unneeded)
        {
            _ = LibC.close(fd); // EBADF: it was closed just before the engine died.
        }

        bytes.Dispose();
        generation?.GoOn();
        leaving.ForEach(old => old.GoOn());
        _listeners.GoOn();
        foreach (var gone in before.Listeners.Running.Except([.. leaving.Select(old => old.Number), .. generation is null ? Array.Empty<int>() : [generation.Number]]))
        {
            _listeners.Forget(gone); // It has ended since it was written down.
        }

        _orchestrator.GoOn(before.Service, generation, plan, leaving);
        if (before.IsStopping)
        {
            _ = _orchestrator.Stop(now: false, "the engine that has died");
        }

        _host.Prepare();
    }

    /// <summary>Holds the sockets of a daemon that is to be adopted. If that cannot be, nothing has been done to it.</summary>
    private OutsideService TakeIn(int pid, EngineContext context, CommandRunner commands)
    {
        try
        {
            return OutsideStart.TakeIn(pid, context.Plan, _reaper, _listeners, commands);
        }
        catch (Exception e) when (e is OutsideException or LinuxException)
        {
            _listeners.Dispose();
            _inputs.Dispose();
            _reaper.Dispose();
            throw new EngineStartException(string.Create(CultureInfo.InvariantCulture, $"cannot adopt pid {pid} as {context.Plan.Service.Name}: {e.Message}"), e);
        }
    }

    private static void Note(EngineNotices notices, ListenerAddress address, string? why)
    {
        var subject = $"clients of {address}";
        if (why is null)
        {
            notices.Clear(subject);
        }
        else
        {
            notices.Set(subject, $"{subject} wait, and are not refused: the engine cannot take more of them: {why} (raise the limit of open descriptors: LimitNOFILE= or ulimit -n)");
        }
    }

    private static EventReport Said(HandoverProgress progress, int generation) => new()
    {
        Id = 0,
        Time = default,
        Type = EventType.Handover,
        Message = string.Create(CultureInfo.InvariantCulture, $"{progress.SizeBytes} bytes of state carried so far ({progress.Phase})"),
        Generation = generation,
        Handover = progress,
    };

    public async ValueTask DisposeAsync()
    {
        _upkeep?.Dispose();
        await _orchestrator.DisposeAsync().ConfigureAwait(false);
        _state.Dispose();
        _host.Dispose();
        _listeners.Dispose();
        _inputs.Dispose();
        _reaper.Dispose();
    }

    // Asked by processes, of which there are none before there is an orchestrator.
    private int? GenerationOf(int pid) => _orchestrator.GenerationOf(pid);

    private static PlanReading Read(EngineContext context)
    {
        var loaded = context.Load();
        return new PlanReading(loaded.Plan, loaded.Findings);
    }

    private sealed class Meter(EngineInstruments instruments) : IGenerationMeter
    {
        private static readonly string[] _calls = [.. Enum.GetNames<TrappedCall>().Select(name => name.ToLowerInvariant())];
        private static readonly string[] _answers = [.. Enum.GetNames<AnswerKind>().Select(name => name.ToLowerInvariant())];

        public void Spawned(TimeSpan duration) => instruments.Spawned(duration);

        public void Trapped(TrappedCall call, AnswerKind answer) => instruments.TrappedCall(_calls[(int)call], _answers[(int)answer]);
    }
}

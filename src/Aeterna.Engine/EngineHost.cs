using System.Diagnostics;
using System.Reflection;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Control;
using Aeterna.Generations;
using Aeterna.Keeper;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging;

namespace Aeterna;

/// <summary>One engine from its start to its end: puts the rooms together, waits, and cleans up.</summary>
/// <param name="makeOrchestrator">
/// Makes the orchestrator, which starts the service by itself. It is disposed after its completion if it is disposable.
/// </param>
/// <param name="environment">Looks up an environment variable.</param>
/// <param name="root">Whether the engine runs as root.</param>
/// <param name="error">Takes what keeps the engine from starting.</param>
internal sealed class EngineHost(
    Func<EngineContext, IOrchestrator> makeOrchestrator, Func<string, string?> environment, bool root, TextWriter error)
{
    /// <summary>The version of this program.</summary>
    public static string Version { get; } =
        typeof(EngineHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>What it has of its keeper; null: nobody keeps it.</summary>
    public Keeping? Keeping { get; init; }

    /// <summary>Runs an engine until its service has been stopped or given up.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> Run(EngineStart start)
    {
        if (start.Background)
        {
            if (Keeping is null)
            {
                Session.Begin();
            }

            InheritedDescriptors.Close();
            SignalDefault.Restore();
        }

        var loaded = ConfigurationLoader.Load(start.ConfigPath, environment);
        if (loaded.Plan is not { } plan)
        {
            foreach (var finding in loaded.Findings)
            {
                await error.WriteLineAsync(OneLine.Clean(finding.ToString())).ConfigureAwait(false);
            }

            return ExitCode.Usage;
        }

        var paths = EnginePaths.For(plan.Service.Name, root, environment, plan.Control, plan.History);
        try
        {
            using var run = RunDirectory.Take(plan.Service.Name, paths, Keeping?.Keeper ?? Environment.ProcessId);
            var notices = new EngineNotices();
            using var sockets = ControlSockets.Open(plan, paths, notices);
            run.PointToSocket();
            return await Live(new Beginning(plan, paths, loaded.Findings, start), run, sockets, notices).ConfigureAwait(false);
        }
        catch (EngineStartException e)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    /// <summary>Goes on with a predecessor's service, in its place.</summary>
    /// <param name="successor">What that has left.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="LedgerException">It cannot be gone on with; why.</exception>
    public async Task<int> GoOn(EngineSuccessor successor)
    {
        var state = successor.State;
        var plan = UpgradeTrial.PlanOf(state);
        var paths = EnginePaths.For(plan.Service.Name, root, environment, plan.Control, plan.History);
        var run = RunDirectory.From(paths, state.Own.PidFile);
        var notices = new EngineNotices();
        var sockets = ControlSockets.From(state.Own.Control, plan, paths, notices);
        var start = new EngineStart(plan.SourcePath, state.Own.Background);
        var exitCode = await Live(new Beginning(plan, paths, [], start) { Successor = successor }, run, sockets, notices).ConfigureAwait(false);

        // Not if it cannot go on: another one has them then.
        sockets.Dispose();
        run.Dispose();
        return exitCode;
    }

    private async Task<int> Live(Beginning beginning, RunDirectory run, ControlSockets sockets, EngineNotices notices)
    {
        var (plan, paths, findings, start) = beginning;
        Action<ReadOnlySpan<byte>> write = start.Background
            ? BackgroundLog.Open(Path.Combine(paths.RunDirectory, BackgroundLog.FileName), plan.Observability.Log).Write
            : StandardError.Write;
        using var logs = EngineLog.Create(plan.Observability, environment, TimeProvider.System, write);
        var instruments = new EngineInstruments(TimeProvider.System);
        await using var journal = OpenJournal(plan, paths, notices, instruments, logs);
        var security = ControlSecurity.From(plan.Control, Session.EffectiveUser(), notices);
        Warn(findings, notices, logs);
        var before = beginning.Successor?.State;
        if (before is not null)
        {
            instruments.CountOn(before.Counts);
            journal.NumberOn(before.LastEvent);
            journal.Know(before.Records);
        }

        var died = beginning.Successor?.DiedSince ?? [];
        var deaths = (before?.Own.Deaths ?? 0) + died.Count;
        var steadiness = died.Count == 0 ? Steadiness.Good : died.Aggregate(before!.Own.Steadiness, (known, death) => known.After(death));
        if (steadiness.WhyNot is { } why)
        {
            notices.Set("steadiness", why);
        }

        var programPath = OwnProgram.Path(beginning.Successor);
        var context = new EngineContext
        {
            Plan = plan,
            Adopt = start.Adopt,
            Paths = paths,
            Version = Version,
            Load = () => ConfigurationLoader.Load(plan.SourcePath, environment),
            Journal = journal,
            Instruments = instruments,
            Notices = notices,
            Logs = logs,
            Time = TimeProvider.System,
            Before = before,
            IsRecovery = beginning.Successor is { DiedAt: not null },
            Keeping = Keeping,
            Deaths = deaths,
            WhyNoReload = steadiness.WhyNot,
            IsUp = () => beginning.Successor?.IsUp(),
            ProgramPath = programPath,
            Own = program => new OwnState
            {
                Background = start.Background,
                Program = program,
                ProgramPath = programPath,
                NoFileSoft = StartLimits.NoFileSoft,
                PidFile = run.Lock,
                Keeper = Keeping?.Wire,
                Deaths = deaths,
                Steadiness = steadiness,
                Control = sockets.State(),
            },
        };
        return await Serve(context, beginning.Successor, security, sockets).ConfigureAwait(false);
    }

    private async Task<int> Serve(EngineContext context, EngineSuccessor? successor, ControlSecurity security, ControlSockets sockets)
    {
        var journal = context.Journal;
        var manager = new ServiceManager(environment("NOTIFY_SOCKET"), context.Logs.CreateLogger<ServiceManager>());
        var telling = manager.Follow(journal);
        var orchestrator = makeOrchestrator(context);
        try
        {
            using var signals = new EngineSignals(orchestrator, manager, context.Logs.CreateLogger<EngineSignals>());
            signals.Register();
            if (successor is not null)
            {
                GoesOn(context, successor);
            }

            while (true)
            {
                await using var server = await StartServer(context, orchestrator, security, sockets).ConfigureAwait(false);
                var upgradable = orchestrator as IUpgradable;
                if (upgradable is null || await Task.WhenAny(orchestrator.Completion, upgradable.Wanted).ConfigureAwait(false) == orchestrator.Completion)
                {
                    var exitCode = await orchestrator.Completion.ConfigureAwait(false);
                    manager.Stopping();
                    // Followers get the last events before the server closes their streams.
                    journal.Close();
                    await telling.ConfigureAwait(false);
                    await server.DisposeAsync().ConfigureAwait(false);
                    sockets.Dispose(); // Whoever comes now sees at once that nobody is there.
                    return exitCode;
                }

                await server.DisposeAsync().ConfigureAwait(false);
                await upgradable.HandOver().ConfigureAwait(false);
            }
        }
        finally
        {
            if (orchestrator is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static void GoesOn(EngineContext context, EngineSuccessor successor)
    {
        Signals.LetRequestsCome();
        if (successor.DiedAt is { } died)
        {
            EngineRecovery.Tell(context, successor.State, died);
            return;
        }

        var upgrade = successor.State.Upgrade;
        var paused = Stopwatch.GetElapsedTime(upgrade.Since);
        var why = successor.Why is { } reason ? $"cannot upgrade: the new engine could not go on, and the one of before did: {reason}" : null;
        EngineUpgrade.Tell(context, upgrade, why is null ? Verdict.Succeeded : Verdict.RolledBack, why, paused, FsmState.Running);
    }

    private static async Task<ControlServer> StartServer(
        EngineContext context, IOrchestrator orchestrator, ControlSecurity security, ControlSockets sockets)
    {
        var parts = new ControlParts
        {
            Plan = context.Plan.Control,
            Security = security,
            Orchestrator = orchestrator,
            Journal = context.Journal,
            Instruments = context.Instruments,
            Notices = context.Notices,
            Logs = context.Logs,
        };
        try
        {
            return await ControlServer.Start(parts, sockets).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // An engine that nobody can reach must not go on serving.
            await orchestrator.Stop(now: true, "engine").ConfigureAwait(false);
            await orchestrator.Completion.ConfigureAwait(false);
            throw new EngineStartException($"cannot start {context.Plan.Service.Name}: the control API cannot be served: {e.Message}", e);
        }
    }

    private static EngineJournal OpenJournal(
        Plan plan, EnginePaths paths, EngineNotices notices, EngineInstruments instruments, ILoggerFactory logs)
    {
        var history = new HistoryStore(paths.HistoryDirectory, plan.History.Keep, notices, logs.CreateLogger<HistoryStore>());
        return new EngineJournal(history, instruments, TimeProvider.System, logs.CreateLogger<EngineJournal>());
    }

    private static void Warn(
        IReadOnlyList<Finding> findings, EngineNotices notices, ILoggerFactory logs)
    {
        var log = logs.CreateLogger<EngineHost>();
        foreach (var finding in findings)
        {
            var line = finding.ToString();
            ControlLog.Notice(log, line);
        }

        foreach (var notice in notices.All())
        {
            ControlLog.Notice(log, notice);
        }
    }

    /// <summary>With what an engine begins.</summary>
    private sealed record Beginning(Plan Plan, EnginePaths Paths, IReadOnlyList<Finding> Findings, EngineStart Start)
    {
        public EngineSuccessor? Successor { get; init; }
    }
}

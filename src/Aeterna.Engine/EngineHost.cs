using System.Reflection;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Control;
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

    /// <summary>Runs an engine until its service has been stopped or given up.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> Run(EngineStart start)
    {
        if (start.Background)
        {
            Session.Begin();
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

        var uid = Session.EffectiveUser();
        var paths = EnginePaths.For(plan.Service.Name, root, environment, plan.Control, plan.History);
        try
        {
            using var run = RunDirectory.Take(plan.Service.Name, paths);
            var notices = new EngineNotices();
            using var sockets = ControlSockets.Open(plan, paths, notices);
            run.PointToSocket();
            Action<ReadOnlySpan<byte>> write = start.Background
                ? BackgroundLog.Open(Path.Combine(paths.RunDirectory, BackgroundLog.FileName), plan.Observability.Log).Write
                : StandardError.Write;
            using var logs = EngineLog.Create(plan.Observability, environment, TimeProvider.System, write);
            var instruments = new EngineInstruments(TimeProvider.System);
            await using var journal = OpenJournal(plan, paths, notices, instruments, logs);
            var security = ControlSecurity.From(plan.Control, uid, notices);
            Warn(loaded.Findings, notices, logs);
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
            };
            return await Serve(context, journal, security, sockets).ConfigureAwait(false);
        }
        catch (EngineStartException e)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    private async Task<int> Serve(EngineContext context, EngineJournal journal, ControlSecurity security, ControlSockets sockets)
    {
        var manager = new ServiceManager(environment("NOTIFY_SOCKET"), context.Logs.CreateLogger<ServiceManager>());
        var telling = manager.Follow(journal);
        var orchestrator = makeOrchestrator(context);
        try
        {
            using var signals = new EngineSignals(orchestrator, manager, context.Logs.CreateLogger<EngineSignals>());
            signals.Register();
            await using var server = await StartServer(context, orchestrator, security, sockets).ConfigureAwait(false);
            var exitCode = await orchestrator.Completion.ConfigureAwait(false);
            manager.Stopping();
            // Followers get the last events before the server closes their streams.
            journal.Close();
            await telling.ConfigureAwait(false);
            return exitCode;
        }
        finally
        {
            if (orchestrator is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync().ConfigureAwait(false);
            }
        }
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
}

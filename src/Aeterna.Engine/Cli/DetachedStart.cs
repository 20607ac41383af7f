using System.Diagnostics;
using System.Globalization;
using Aeterna.Cli.Views;
using Aeterna.Client;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Keeper;
using Aeterna.Linux;

namespace Aeterna.Cli;

/// <summary>
/// <c>start --detach</c> and <c>adopt --detach</c>: starts this program anew as an engine in a session of its own, and waits until the service serves or has
/// failed to. What the engine finds wrong before it owns its run directory it says on its stderr, which is passed on.
/// </summary>
/// <param name="context">The command line's surroundings.</param>
/// <param name="adopt">The process that is to be adopted; null: none.</param>
/// <param name="keeper">Whether a keeper is to be left, whose child the engine is; null: nothing was said.</param>
internal sealed class DetachedStart(CliContext context, int? adopt = null, bool? keeper = null)
{
    private const int LogLines = 10;
    private static readonly TimeSpan _askEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns the exit code of the start.</summary>
    public async Task<int> Run(string configPath)
    {
        var loaded = ConfigurationLoader.Load(configPath, context.Environment);
        if (loaded.Plan is not { } plan)
        {
            foreach (var finding in loaded.Findings)
            {
                await context.Error.WriteLineAsync(OneLine.Clean(finding.ToString())).ConfigureAwait(false);
            }

            return ExitCode.Usage;
        }

        var name = plan.Service.Name;
        var paths = EnginePaths.For(name, context.Root, context.Environment, plan.Control, plan.History);
        var log = paths.LogFile;
        var logStart = File.Exists(log) ? new FileInfo(log).Length : 0;
        using var engine = Launch(name, configPath);
        var said = engine.StandardError.ReadToEndAsync();
        using var interrupt = context.CatchInterrupt();
        using var client = new ControlClient(CliTargets.OfService(name, paths.ControlSocket));
        try
        {
            if (await WaitForService(engine, client, log, interrupt.Token).ConfigureAwait(false) is { } code)
            {
                return code;
            }

            await context.Error.WriteAsync(await said.ConfigureAwait(false)).ConfigureAwait(false);
            await ShowLog(log, logStart).ConfigureAwait(false);
            return engine.ExitCode is > ExitCode.Done and <= ExitCode.NotRunning ? engine.ExitCode : ExitCode.Failed;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            await context.Error.WriteLineAsync(Human.Invariant(
                $"stopped waiting; the engine of {name} goes on starting as pid {engine.Id} (aeterna watch -n {name})")).ConfigureAwait(false);
            return ExitCode.Interrupted;
        }
    }

    private IEnumerable<string> Verb => adopt is { } pid ? ["adopt", "--pid", Human.Invariant($"{pid}")] : ["start"];

    private Process Launch(string name, string configPath)
    {
        // Pipes of our own: the runtime keeps copies of what it is started with, and must not keep our caller's pipe open.
        var start = new ProcessStartInfo(context.Self[0])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in context.Self.Skip(1).Concat(Verb).Concat(["-c", configPath, KeeperArguments.Background, .. KeeperArguments.Said(keeper)]))
        {
            start.ArgumentList.Add(argument);
        }

        if (context.Environment(RuntimeVariables.Diagnostics) is null)
        {
            start.Environment[RuntimeVariables.Diagnostics] = "0";
            start.Environment[RuntimeVariables.OwnDiagnostics] = "1";
        }

        foreach (var (variable, value) in context.SelfEnvironment)
        {
            start.Environment[variable] = value;
        }

        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("no process was started");
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            throw new CliException(ExitCode.Failed, $"cannot start {name}: cannot run {context.Self[0]}: {e.Message}", e);
        }
    }

    /// <summary>The exit code once the engine has said how it went; null when it has ended.</summary>
    private async Task<int?> WaitForService(Process engine, ControlClient client, string log, CancellationToken cancel)
    {
        while (true)
        {
            var ended = engine.HasExited;
            if (!ended && await Ask(engine, client, cancel).ConfigureAwait(false) is { } status)
            {
                if (status.FsmState == FsmState.Running)
                {
                    if (adopt is not null && status.LastReload is { Verdict: Verdict.RolledBack, Message: var back })
                    {
                        await context.Error.WriteLineAsync(OneLine.Clean(Human.Invariant($"cannot adopt pid {adopt}: {back}"))).ConfigureAwait(false);
                        return ExitCode.RolledBack;
                    }

                    Screen.Draw(context, StatusView.Headline(status));
                    if (status.LastReload is { } start && start.Phases.Any(phase => phase.Outcome == PhaseOutcome.Failed))
                    {
                        await context.Error.WriteLineAsync(OneLine.Clean($"warning: {start.Message}")).ConfigureAwait(false);
                    }

                    return ExitCode.Done;
                }

                if (status.FsmState == FsmState.Failed)
                {
                    await context.Error.WriteLineAsync(OneLine.Clean(Human.Invariant(
                        $"cannot start {status.Service}: {status.LastReload?.Message ?? "the service does not serve"} (the engine's log is {log})")))
                        .ConfigureAwait(false);
                    return ExitCode.Failed;
                }
            }

            if (ended)
            {
                return null;
            }

            await Task.WhenAny(engine.WaitForExitAsync(cancel), Task.Delay(_askEvery, cancel)).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private static async Task<StatusReport?> Ask(Process engine, ControlClient client, CancellationToken cancel)
    {
        try
        {
            var status = await client.Status(cancel).ConfigureAwait(false);
            // Until the new engine is there, one of the same name may answer that was there before.
            return status.EnginePid == engine.Id || ProcFs.Stat(status.EnginePid)?.Parent == engine.Id ? status : null;
        }
        catch (EngineException)
        {
            // Not there yet; whether it will come is seen by the process.
            return null;
        }
    }

    // What the engine said last is why it ended.
    private async Task ShowLog(string log, long from)
    {
        if (!File.Exists(log))
        {
            return;
        }

        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        reader.BaseStream.Seek(Math.Min(from, reader.BaseStream.Length), SeekOrigin.Begin);
        var said = await reader.ReadToEndAsync().ConfigureAwait(false);
        foreach (var line in said.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(LogLines))
        {
            await context.Error.WriteLineAsync(OneLine.Clean(line)).ConfigureAwait(false);
        }

        if (said.Length > 0)
        {
            await context.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"(from {log})")).ConfigureAwait(false);
        }
    }
}

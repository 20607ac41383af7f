using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aeterna.Cli;

/// <summary>
/// <c>reload --dry-run</c>: what a reload does before it starts anything, done by this program beside the engine: the configuration, the program's
/// file, the pre_flight commands. The engine is asked for its status alone.
/// </summary>
internal sealed class DryRun(CliContext context)
{
    /// <summary>The id that the commands get for the reload's: there is none.</summary>
    private const string NoId = "dry-run";

    /// <param name="status">The service as it is.</param>
    /// <param name="force">Go on after a command that blocks, as a forced reload does.</param>
    /// <param name="cancel">Ends the command that runs.</param>
    /// <returns>The exit code that the reload would have by then.</returns>
    public async Task<int> Run(StatusReport status, bool force, CancellationToken cancel)
    {
        var engine = ProcFs.Environ(status.EnginePid);
        var loaded = ConfigurationLoader.Load(status.ConfigPath, name => Value(engine, name) ?? (engine is [] ? context.Environment(name) : null));
        IReadOnlyList<Finding> findings = [.. loaded.Findings, .. ConfigurationCheck.Run(loaded)];
        foreach (var finding in findings)
        {
            await Say(finding.ToString()).ConfigureAwait(false);
        }

        if (loaded.Plan is not { } plan)
        {
            return await Refuse($"{status.ConfigPath} is bad", ExitCode.Usage).ConfigureAwait(false);
        }

        if (plan.Service.Name != status.Service)
        {
            return await Refuse($"{status.ConfigPath} is of the service {plan.Service.Name}, and this engine runs {status.Service}", ExitCode.Usage).ConfigureAwait(false);
        }

        await Say($"configuration {status.ConfigPath}: good").ConfigureAwait(false);
        var program = await ProgramFile.Inspect(plan.Service, loaded.Environment, cancel).ConfigureAwait(false);
        if (program.Problem is { } problem)
        {
            return await Refuse(problem, ExitCode.Failed).ConfigureAwait(false);
        }

        await Say($"program {program.Program}: can be executed").ConfigureAwait(false);
        var facts = new AttemptFacts(plan.Service.Name, NoId, (status.Generation ?? 0) + 1, status.CurrentPid == 0 ? null : status.CurrentPid, null);
        return await PreFlight(plan, [.. ChildEnvironment.Of(engine), .. facts.Environment(plan.Service, null)], force, cancel).ConfigureAwait(false)
            ? await Pass(plan).ConfigureAwait(false)
            : await Refuse("a pre_flight command blocks it", ExitCode.Failed).ConfigureAwait(false);
    }

    private async Task<bool> PreFlight(Plan plan, IReadOnlyList<string> environment, bool force, CancellationToken cancel)
    {
        using var reaper = new ChildReaper(reapOrphans: false);
        var commands = new CommandRound(new CommandRunner(reaper), NullLogger.Instance);
        foreach (var hook in plan.Orchestration.PreFlight)
        {
            var failures = await commands.Run("pre_flight", [hook], plan.Service, environment, stopAtBlocking: true, cancel).ConfigureAwait(false);
            await Say(failures is [var bad] ? $"pre_flight {bad}{(bad.Blocking ? "" : " (does not block)")}" : $"pre_flight \"{hook.Name}\": good").ConfigureAwait(false);
            foreach (var line in failures.SelectMany(failure => failure.Output))
            {
                await Say($"    {line}").ConfigureAwait(false);
            }

            if (!force && failures.Any(failure => failure.Blocking))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<int> Pass(Plan plan)
    {
        var handoff = plan.Orchestration.StateHandoff.Enabled ? ", its state" : "";
        var soak = plan.Orchestration.Canary.Enabled ? " and its soak" : "";
        await Say($"not tried: the start of the new process, its sockets{handoff}{soak}; nothing was changed").ConfigureAwait(false);
        await Say($"a reload of {plan.Service.Name} would go on from here").ConfigureAwait(false);
        return ExitCode.Done;
    }

    private async Task<int> Refuse(string why, int code)
    {
        await context.Error.WriteLineAsync(OneLine.Clean($"a reload would be blocked: {why} (nothing was changed)")).ConfigureAwait(false);
        return code;
    }

    private Task Say(string line) => context.Out.WriteLineAsync(OneLine.Clean(line));

    private static string? Value(string[] environ, string name) =>
        environ.FirstOrDefault(e => e.StartsWith(name + "=", StringComparison.Ordinal)) is { } found ? found[(name.Length + 1)..] : null;
}

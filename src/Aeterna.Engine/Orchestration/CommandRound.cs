using System.Globalization;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Health;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Orchestration;

/// <summary>What the commands of an attempt are told by their environment.</summary>
internal sealed record AttemptFacts(string Service, string ReloadId, int Generation, int? OldPid, int? NewPid)
{
    /// <summary>The service's own variables, and then Aeterna's. One that has no value yet is empty, not missing.</summary>
    public IReadOnlyList<string> Environment(ServicePlan service, string? verdict) =>
    [
        .. service.Env,
        $"AETERNA_SERVICE={Service}",
        $"AETERNA_RELOAD_ID={ReloadId}",
        $"AETERNA_GENERATION={Generation.ToString(CultureInfo.InvariantCulture)}",
        $"AETERNA_OLD_PID={OldPid?.ToString(CultureInfo.InvariantCulture)}",
        $"AETERNA_NEW_PID={NewPid?.ToString(CultureInfo.InvariantCulture)}",
        .. verdict is null ? Array.Empty<string>() : [$"AETERNA_VERDICT={verdict}"],
    ];
}

/// <summary>Runs the commands of pre_flight, post_process and command probes.</summary>
internal sealed class CommandRound(ICommandRunner runner, ILogger logger)
{
    private const int MostLines = 10;

    /// <summary>Runs commands one after the other and tells which did not succeed.</summary>
    public async Task<IReadOnlyList<HookFailure>> Run(
        string kind,
        IReadOnlyList<HookPlan> hooks,
        ServicePlan service,
        IReadOnlyList<string> environment,
        bool stopAtBlocking,
        CancellationToken cancel)
    {
        var failures = new List<HookFailure>();
        foreach (var hook in hooks)
        {
            var result = await Run(hook.Command, hook.Timeout, service, environment, cancel).ConfigureAwait(false);
            if (Why(result, hook.Timeout) is not { } why)
            {
                continue;
            }

            var failure = new HookFailure(hook.Name, hook.BlockOnFail, why) { Output = LastLines(result) };
            failures.Add(failure);
            logger.CommandFailed(kind, $"\"{hook.Name}\" failed", result.OutputTail);
            if (hook.BlockOnFail && stopAtBlocking)
            {
                break;
            }
        }

        return failures;
    }

    /// <summary>Runs the command of a probe.</summary>
    public async Task<ProbeResult> Probe(
        IReadOnlyList<string> command,
        TimeSpan timeout,
        ServicePlan service,
        IReadOnlyList<string> environment,
        CancellationToken cancel)
    {
        var result = await Run(command, timeout, service, environment, cancel).ConfigureAwait(false);
        return Why(result, timeout) is { } why ? ProbeResult.Bad(why) : ProbeResult.Good("exit code 0");
    }

    private Task<CommandResult> Run(
        IReadOnlyList<string> command,
        TimeSpan timeout,
        ServicePlan service,
        IReadOnlyList<string> environment,
        CancellationToken cancel) =>
        runner.Run(command, environment, service.WorkingDirectory, Patience.Bound(timeout), cancel);

    /// <summary>Why a command did not succeed; null when it did.</summary>
    public static string? Why(CommandResult result, TimeSpan timeout)
    {
        if (result.Succeeded)
        {
            return null;
        }

        var why = result.StartError
            ?? (result.TimedOut || result.Exit is null
                ? $"it did not end within {Durations.FormatBrief(timeout)} and was killed"
                : result.Exit.Value.ToString());
        return LastLines(result) is [.., var last] ? $"{why}: {last.Trim()}" : why;
    }

    private static IReadOnlyList<string> LastLines(CommandResult result) =>
        [.. result.OutputTail.Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)).TakeLast(MostLines)];
}

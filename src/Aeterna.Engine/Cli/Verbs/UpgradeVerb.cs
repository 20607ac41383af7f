using System.CommandLine;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna upgrade</c>.</summary>
internal static class UpgradeVerb
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(40);

    public static Command Build(CliContext context)
    {
        var all = new Option<bool>("--all") { Description = "Every engine of this machine, one after the other." };
        var program = new Option<string?>("--program")
        {
            Description = "The program that is to take the engine's place; without it the file that the engine was started from, as it is now.",
            HelpName = "PATH",
        };
        var wait = new WaitOptions("Wait until the new engine has gone on, or the old one had to.");
        var target = new TargetOptions();
        var verb = new Command("upgrade", "Have another engine go on with the service, which does not notice.") { all, program };
        wait.AddTo(verb);
        target.AddTo(verb);
        verb.Validators.Add(result =>
        {
            if (result.GetResult(all) is not null && (target.AreIn(result) || target.HasName(result)))
            {
                result.AddError("--all names every engine: leave the other names out.");
            }
        });
        verb.SetAction(async (parsed, cancel) =>
        {
            var request = new UpgradeRequest { Program = parsed.GetValue(program) is { } path ? Path.GetFullPath(path) : null };
            var limit = wait.Wanted(parsed) ? wait.Limit(parsed) ?? Timeout.InfiniteTimeSpan : (TimeSpan?)null;
            if (!parsed.GetValue(all))
            {
                return await One(context, await target.Find(parsed, context).ConfigureAwait(false), request, limit, cancel).ConfigureAwait(false);
            }

            var worst = ExitCode.Done;
            foreach (var name in await RunningServices.Find(RunFolder.Of(context.Root, context.Environment), cancel).ConfigureAwait(false))
            {
                worst = Math.Max(worst, await Guarded(context, name, request, limit, cancel).ConfigureAwait(false));
            }

            return worst;
        });
        return verb;
    }

    // One that cannot keeps the others from nothing.
    private static async Task<int> Guarded(CliContext context, string name, UpgradeRequest request, TimeSpan? limit, CancellationToken cancel)
    {
        try
        {
            return await One(context, TargetOptions.ByName(name, context), request, limit, cancel).ConfigureAwait(false);
        }
        catch (EngineException e)
        {
            await context.Error.WriteLineAsync(OneLine.Clean(e.Message)).ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    private static async Task<int> One(CliContext context, EngineTarget target, UpgradeRequest request, TimeSpan? limit, CancellationToken cancel)
    {
        using var client = new ControlClient(target, timeout: _patience); // The other program is tried before the answer.
        var before = await client.Status(cancel).ConfigureAwait(false);
        var accepted = await client.Upgrade(request, cancel).ConfigureAwait(false);
        if (limit is null)
        {
            await context.Out.WriteLineAsync($"the engine of {target.Label} is being replaced: {accepted.From} by {accepted.To}").ConfigureAwait(false);
            return ExitCode.Done;
        }

        using var interrupt = context.CatchInterrupt();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, interrupt.Token);
        end.CancelAfter(limit.Value);
        try
        {
            var report = await EngineUpgrading.Await(client, accepted.Id, before.EnginePid, end.Token).ConfigureAwait(false);
            await (report.Verdict == Verdict.Succeeded
                ? context.Out.WriteLineAsync(FormattableString.Invariant($"the engine of {target.Label} is {report.To} now, in the place of {report.From}; nothing was carried for {report.PausedMs:F0} ms"))
                : context.Error.WriteLineAsync(OneLine.Clean(report.Reason ?? "cannot upgrade"))).ConfigureAwait(false);
            return report.Verdict switch { Verdict.Succeeded => ExitCode.Done, Verdict.RolledBack => ExitCode.RolledBack, _ => ExitCode.Failed };
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            await context.Error.WriteLineAsync($"stopped waiting; the upgrade goes on (aeterna status {target.Options} shows how it ended)").ConfigureAwait(false);
            return interrupt.Token.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.WaitOver;
        }
    }
}

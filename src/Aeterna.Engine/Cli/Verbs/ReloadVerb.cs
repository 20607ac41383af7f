using System.CommandLine;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna reload</c>.</summary>
internal static class ReloadVerb
{
    public static Command Build(CliContext context)
    {
        var wait = new WaitOptions("Show the reload at work and wait for its verdict.");
        var reason = new Option<string?>("--reason") { Description = "Why, for the history.", HelpName = "TEXT" };
        var force = new Option<bool>("--force") { Description = "Go on although a pre_flight command fails or the new process leaves sockets of the old one unbound. A bad configuration is refused all the same." };
        var queue = new Option<bool>("--queue") { Description = "While a reload, a start or a rollback is under way: follow it with one more reload, in place of being refused." };
        var dry = new Option<bool>("--dry-run") { Description = "Only do what a reload does before it starts anything: read the configuration, look for the program, run the pre_flight commands." };
        var target = new TargetOptions();
        var verb = new Command("reload", "Replace the running process by a new one.") { reason, force, queue, dry };
        wait.AddTo(verb);
        target.AddTo(verb);
        verb.Validators.Add(result =>
        {
            if (result.GetResult(dry) is not null && (wait.AreIn(result) || result.GetResult(reason) is not null || result.GetResult(queue) is not null))
            {
                result.AddError("--dry-run goes with --force alone.");
            }
        });
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = new ControlClient(await target.Find(parsed, context).ConfigureAwait(false));
            if (parsed.GetValue(dry))
            {
                return await TryOut(context, client, parsed.GetValue(force), cancel).ConfigureAwait(false);
            }

            var request = new ReloadRequest { Reason = parsed.GetValue(reason), Force = parsed.GetValue(force), Queue = parsed.GetValue(queue) };
            var accepted = await client.Reload(request, cancel).ConfigureAwait(false);
            if (wait.Wanted(parsed))
            {
                return await Following.WaitFor(context, client, accepted.Id, wayBackIsSuccess: false, wait.Limit(parsed)).ConfigureAwait(false);
            }

            var state = accepted.Queued ? "follows what is under way" : "is under way";
            await context.Out.WriteLineAsync($"reload {accepted.Id} {state} (aeterna watch {client.Target.Options} follows it)").ConfigureAwait(false);
            return ExitCode.Done;
        });
        return verb;
    }

    private static async Task<int> TryOut(CliContext context, ControlClient client, bool force, CancellationToken cancel)
    {
        if (client.Target.Url is { } url)
        {
            throw new CliException(ExitCode.Usage, $"cannot try a reload of {url}: the configuration, the program and the commands are on the engine's machine (run aeterna reload --dry-run there)");
        }

        using var interrupt = context.CatchInterrupt();
        return await new DryRun(context).Run(await client.Status(cancel).ConfigureAwait(false), force, interrupt.Token).ConfigureAwait(false);
    }
}

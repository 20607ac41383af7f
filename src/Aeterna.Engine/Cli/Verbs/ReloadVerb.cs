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
        var force = new Option<bool>("--force") { Description = "Go on although a pre-flight command fails or the new process leaves sockets of the old one unbound. A bad configuration is refused all the same." };
        var queue = new Option<bool>("--queue") { Description = "While a reload, a start or a rollback is under way: follow it with one more reload, in place of being refused." };
        var target = new TargetOptions();
        var verb = new Command("reload", "Replace the running process by a new one.") { reason, force, queue };
        wait.AddTo(verb);
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = new ControlClient(await target.Find(parsed, context).ConfigureAwait(false));
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
}

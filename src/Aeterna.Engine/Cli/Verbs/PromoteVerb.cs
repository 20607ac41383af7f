using System.CommandLine;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna promote</c>.</summary>
internal static class PromoteVerb
{
    public static Command Build(CliContext context)
    {
        var wait = new WaitOptions("Show the reload at work and wait for its verdict.");
        var target = new TargetOptions();
        var verb = new Command("promote", "End the soak of the reload under way now, and well, if a round of its probes has been good.");
        wait.AddTo(verb);
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = new ControlClient(await target.Find(parsed, context).ConfigureAwait(false));
            var id = await client.Promote(cancel).ConfigureAwait(false);
            if (wait.Wanted(parsed))
            {
                return await Following.WaitFor(context, client, id, wayBackIsSuccess: false, wait.Limit(parsed)).ConfigureAwait(false);
            }

            await context.Out.WriteLineAsync($"reload {id} is promoted, and ends its soak (aeterna watch {client.Target.Options} follows it)").ConfigureAwait(false);
            return ExitCode.Done;
        });
        return verb;
    }
}

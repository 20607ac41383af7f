using System.CommandLine;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna rollback</c>.</summary>
internal static class RollbackVerb
{
    public static Command Build(CliContext context)
    {
        var wait = new WaitOptions("Show it at work and wait until it is done.");
        var target = new TargetOptions();
        var verb = new Command("rollback", "End the reload under way as rolled_back, or go back to the generation before within the undo window.");
        wait.AddTo(verb);
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = new ControlClient(await target.Find(parsed, context).ConfigureAwait(false));
            var id = await client.Rollback(cancel).ConfigureAwait(false);
            if (wait.Wanted(parsed))
            {
                return await Following.WaitFor(context, client, id, wayBackIsSuccess: true, wait.Limit(parsed)).ConfigureAwait(false);
            }

            await context.Out.WriteLineAsync($"the way back is under way in {id} (aeterna watch {client.Target.Options} follows it)").ConfigureAwait(false);
            return ExitCode.Done;
        });
        return verb;
    }
}

using System.CommandLine;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna watch</c>.</summary>
internal static class WatchVerb
{
    public static Command Build(CliContext context)
    {
        var target = new TargetOptions();
        var verb = new Command("watch", "Show what the engine does, until Ctrl-C.");
        target.AddTo(verb);
        verb.SetAction(async (parsed, _) =>
        {
            using var client = new ControlClient(await target.Find(parsed, context).ConfigureAwait(false));
            using var interrupt = context.CatchInterrupt();
            var seen = false;
            try
            {
                await client.Status(interrupt.Token).ConfigureAwait(false);
                seen = true;
                await Following.Run(context, client, untilId: null, interrupt.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
            {
                // That is how watching ends.
            }
            catch (EngineException e) when (seen && e.Error == EngineError.NotRunning)
            {
                throw new CliException(ExitCode.NotRunning, $"the engine of {client.Target.Label} has ended", e);
            }

            return ExitCode.Done;
        });
        return verb;
    }
}

using System.CommandLine;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna stop</c>.</summary>
internal static class StopVerb
{
    private static readonly TimeSpan _askEvery = TimeSpan.FromMilliseconds(100);

    public static Command Build(CliContext context)
    {
        var now = new Option<bool>("--now") { Description = "Kill the service in place of draining it." };
        var target = new TargetOptions();
        var verb = new Command("stop", "Drain and stop the service, and end its engine.") { now };
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = new ControlClient(await target.Find(parsed, context).ConfigureAwait(false));
            var engine = (await client.Status(cancel).ConfigureAwait(false)).EnginePid;
            await client.Stop(parsed.GetValue(now), cancel).ConfigureAwait(false);
            using var interrupt = context.CatchInterrupt();
            try
            {
                await UntilGone(client, engine, interrupt.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
            {
                await context.Error.WriteLineAsync(
                    $"stopped waiting; {client.Target.Label} goes on stopping (aeterna stop {client.Target.Options} --now hurries it)").ConfigureAwait(false);
                return ExitCode.Interrupted;
            }

            await context.Out.WriteLineAsync($"{client.Target.Label} is stopped").ConfigureAwait(false);
            return ExitCode.Done;
        });
        return verb;
    }

    private static async Task UntilGone(ControlClient client, int engine, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                if ((await client.Status(cancel).ConfigureAwait(false)).EnginePid != engine)
                {
                    // The next one of that name is there already.
                    return;
                }
            }
            catch (CliException e) when (e.ExitCode == ExitCode.NotRunning)
            {
                return;
            }
            catch (CliException e) when (e.ExitCode == ExitCode.Failed)
            {
                // It is on its way out: an answer may break off. Only that nobody listens any more counts.
            }

            await Task.Delay(_askEvery, cancel).ConfigureAwait(false);
        }
    }
}

using System.CommandLine;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna stop</c>.</summary>
internal static class StopVerb
{
    private const int MostNamed = 10;

    public static Command Build(CliContext context)
    {
        var now = new Option<bool>("--now") { Description = "Kill the service in place of draining it." };
        var target = new TargetOptions();
        var verb = new Command("stop", "Drain and stop the service, and end its engine.") { now };
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = new ControlClient(await target.Find(parsed, context).ConfigureAwait(false));
            var end = new EngineEnd(client, await client.Status(cancel).ConfigureAwait(false));
            await end.Ask(parsed.GetValue(now)).ConfigureAwait(false);
            using var interrupt = context.CatchInterrupt();
            try
            {
                await end.Wait(interrupt.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
            {
                await context.Error.WriteLineAsync(
                    $"stopped waiting; {client.Target.Label} goes on stopping (aeterna stop {client.Target.Options} --now hurries it)").ConfigureAwait(false);
                return ExitCode.Interrupted;
            }

            if (await end.Left().ConfigureAwait(false) is { Count: > 0 } left)
            {
                await context.Error.WriteLineAsync(
                    $"cannot say that {client.Target.Label} is stopped: its engine has ended, and {left.Count} of its processes live on "
                    + $"(kill -9 {string.Join(' ', left.Take(MostNamed))}{(left.Count > MostNamed ? " …" : "")})").ConfigureAwait(false);
                return ExitCode.Failed;
            }

            await context.Out.WriteLineAsync($"{client.Target.Label} is stopped").ConfigureAwait(false);
            return ExitCode.Done;
        });
        return verb;
    }
}

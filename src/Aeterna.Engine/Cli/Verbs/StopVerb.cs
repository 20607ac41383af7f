using System.CommandLine;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna stop</c>.</summary>
internal static class StopVerb
{
    private const int MostNamed = 10;

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
            var before = await client.Status(cancel).ConfigureAwait(false);
            var processes = client.Target.Url is null ? ServiceProcesses.Of(before) : null;
            await client.Stop(parsed.GetValue(now), cancel).ConfigureAwait(false);
            using var interrupt = context.CatchInterrupt();
            try
            {
                await UntilGone(client, before.EnginePid, interrupt.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
            {
                await context.Error.WriteLineAsync(
                    $"stopped waiting; {client.Target.Label} goes on stopping (aeterna stop {client.Target.Options} --now hurries it)").ConfigureAwait(false);
                return ExitCode.Interrupted;
            }

            if (processes is not null && await processes.Left().ConfigureAwait(false) is { Count: > 0 } left)
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

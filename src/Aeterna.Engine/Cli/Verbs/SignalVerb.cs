using System.CommandLine;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna signal</c>.</summary>
internal static class SignalVerb
{
    public static Command Build(CliContext context)
    {
        var signal = new Argument<string>("SIGNAL") { Description = "Its name or number, as in HUP, SIGUSR1 or 10." };
        var target = new TargetOptions();
        var verb = new Command(
            "signal", "Send a signal to the service: to the process that serves, and to one that is held still as soon as it is let go. For rotations.") { signal };
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = new ControlClient(await target.Find(parsed, context).ConfigureAwait(false));
            var report = await client.Signal(parsed.GetValue(signal)!, cancel).ConfigureAwait(false);
            foreach (var generation in report.Generations)
            {
                await context.Out.WriteLineAsync($"{report.Signal} to generation {generation.Generation} (pid {generation.Pid}): {Words(generation.Outcome)}")
                    .ConfigureAwait(false);
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static string Words(string outcome) => outcome switch
    {
        "waits" => "held still, gets it when it is let go",
        "not_sent" => "not sent, it has no handler for it",
        _ => OneLine.Clean(outcome),
    };
}

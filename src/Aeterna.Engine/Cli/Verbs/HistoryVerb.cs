using System.CommandLine;
using Aeterna.Cli.Views;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna history</c>.</summary>
internal static class HistoryVerb
{
    public static Command Build(CliContext context)
    {
        var json = new Option<bool>("--json") { Description = "The records as the engine sends them." };
        var limit = CountOption.Make("--limit", "How many, newest first.", 20);
        var target = new TargetOptions();
        var verb = new Command("history", "List past starts, reloads and restarts with their verdicts.") { json, limit };
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = new ControlClient(await target.Find(parsed, context).ConfigureAwait(false));
            if (parsed.GetValue(json))
            {
                await context.Out.WriteLineAsync(await client.RecordsJson(parsed.GetValue(limit), cancel).ConfigureAwait(false)).ConfigureAwait(false);
            }
            else
            {
                Screen.Draw(context, HistoryView.Render(await client.Records(parsed.GetValue(limit), cancel).ConfigureAwait(false)));
            }

            return ExitCode.Done;
        });
        return verb;
    }
}

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
        var limit = new Option<int>("--limit") { Description = "How many, newest first.", HelpName = "COUNT", DefaultValueFactory = _ => 20 };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--limit takes a whole number above 0.");
            }
        });
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

using System.CommandLine;
using System.Text.Json;
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
        var target = new HistoryTarget(context);
        var verb = new Command("history", "List past starts, reloads and restarts with their verdicts, or show one of them whole. Works when the engine is gone, too.") { json, limit };
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var (source, id) = await target.Find(parsed, cancel).ConfigureAwait(false);
            if (id is not null)
            {
                await ShowOne(context, await source.Record(id, cancel).ConfigureAwait(false), parsed.GetValue(json)).ConfigureAwait(false);
            }
            else if (parsed.GetValue(json))
            {
                await context.Out.WriteLineAsync(await source.RecordsJson(parsed.GetValue(limit), cancel).ConfigureAwait(false)).ConfigureAwait(false);
            }
            else
            {
                Screen.Draw(context, HistoryView.Render(await source.Records(parsed.GetValue(limit), cancel).ConfigureAwait(false)));
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static async Task ShowOne(CliContext context, ReloadRecord record, bool json)
    {
        if (json)
        {
            await context.Out.WriteLineAsync(JsonSerializer.Serialize(record, ContractJson.Default.ReloadRecord)).ConfigureAwait(false);
        }
        else
        {
            Screen.Draw(context, RecordView.Render(record));
        }
    }
}

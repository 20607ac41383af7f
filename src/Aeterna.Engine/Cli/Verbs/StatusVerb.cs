using System.CommandLine;
using Aeterna.Cli.Views;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna status</c>.</summary>
internal static class StatusVerb
{
    public static Command Build(CliContext context)
    {
        var json = new Option<bool>("--json") { Description = "The status as the engine sends it." };
        var target = new TargetOptions();
        var verb = new Command("status", "Show the service as it is now.") { json };
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = new ControlClient(await target.Find(parsed, context).ConfigureAwait(false));
            if (parsed.GetValue(json))
            {
                await context.Out.WriteLineAsync(await client.StatusJson(cancel).ConfigureAwait(false)).ConfigureAwait(false);
            }
            else
            {
                Screen.Draw(context, StatusView.Render(await client.Status(cancel).ConfigureAwait(false), TimeProvider.System.GetUtcNow()));
            }

            return ExitCode.Done;
        });
        return verb;
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using Aeterna.Cli.Views;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna status</c>.</summary>
internal static class StatusVerb
{
    public static Command Build(CliContext context)
    {
        var json = new Option<bool>("--json") { Description = "The status as the engine sends it: a line for each service." };
        var target = new TargetOptions();
        var verb = new Command("status", "Show the service as it is now; without a name where several run, a line for each of them.") { json };
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            if (!target.AreGiven(parsed)
                && await RunningServices.Find(RunFolder.Of(context.Root, context.Environment), cancel).ConfigureAwait(false) is { Count: > 1 } names)
            {
                return await (parsed.GetValue(json) ? PrintAll(context, names, cancel) : ShowAll(context, names, cancel)).ConfigureAwait(false);
            }

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

    private static async Task<int> ShowAll(CliContext context, IReadOnlyList<string> names, CancellationToken cancel)
    {
        var states = await Task.WhenAll(names.Select(name => Ask(TargetOptions.ByName(name, context), cancel))).ConfigureAwait(false);
        Screen.Draw(context, ServicesView.Render(states, TimeProvider.System.GetUtcNow()));
        return states.Any(state => state.Status is null) ? ExitCode.Failed : ExitCode.Done;
    }

    // One object a line, so that a program that reads them need not know how many services run.
    private static async Task<int> PrintAll(CliContext context, IReadOnlyList<string> names, CancellationToken cancel)
    {
        var lines = await Task.WhenAll(names.Select(name => AskJson(TargetOptions.ByName(name, context), cancel))).ConfigureAwait(false);
        foreach (var (line, _) in lines)
        {
            await context.Out.WriteLineAsync(line).ConfigureAwait(false);
        }

        return lines.All(line => line.Answered) ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<(string Line, bool Answered)> AskJson(EngineTarget engine, CancellationToken cancel)
    {
        using var client = new ControlClient(engine);
        try
        {
            return (await client.StatusJson(cancel).ConfigureAwait(false), true);
        }
        catch (EngineException e)
        {
            return (new JsonObject { ["service"] = engine.Label, ["fsm_state"] = ServiceState.Unknown, ["error"] = e.Message }.ToJsonString(), false);
        }
    }

    private static async Task<ServiceState> Ask(EngineTarget engine, CancellationToken cancel)
    {
        using var client = new ControlClient(engine);
        try
        {
            return new ServiceState(engine.Label, await client.Status(cancel).ConfigureAwait(false), null);
        }
        catch (EngineException e)
        {
            return new ServiceState(engine.Label, null, e.Message);
        }
    }
}

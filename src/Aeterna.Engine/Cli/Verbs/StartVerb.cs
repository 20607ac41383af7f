using System.CommandLine;
using Aeterna.Keeper;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna start</c>.</summary>
internal static class StartVerb
{
    public static Command Build(CliContext context)
    {
        var config = new ConfigFileOption();
        var detach = new Option<bool>("--detach") { Description = "Run the engine in the background; return once the service serves or has failed to." };
        var background = new Option<bool>(KeeperArguments.Background) { Hidden = true };
        var keeper = new KeeperOptions();
        var verb = new Command("start", "Start an engine and its service.") { detach, background };
        keeper.AddTo(verb);
        config.AddTo(verb);
        verb.SetAction((parsed, _) =>
        {
            // The engine outlives the terminal's directory; a relative name would not.
            var file = config.Of(parsed);
            return parsed.GetValue(detach)
                ? new DetachedStart(context, keeper: keeper.Of(parsed)).Run(file)
                : context.RunEngine(file, parsed.GetValue(background), null);
        });
        return verb;
    }
}

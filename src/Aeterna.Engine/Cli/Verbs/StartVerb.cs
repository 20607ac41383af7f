using System.CommandLine;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna start</c>.</summary>
internal static class StartVerb
{
    /// <summary>Tells the engine that <c>--detach</c> has started to leave the terminal.</summary>
    public const string BackgroundOption = "--session-leader";

    public static Command Build(CliContext context)
    {
        var config = new ConfigFileOption();
        var detach = new Option<bool>("--detach") { Description = "Run the engine in the background; return once the service serves or has failed to." };
        var background = new Option<bool>(BackgroundOption) { Hidden = true };
        var verb = new Command("start", "Start an engine and its service.") { detach, background };
        config.AddTo(verb);
        verb.SetAction((parsed, _) =>
        {
            // The engine outlives the terminal's directory; a relative name would not.
            var file = config.Of(parsed);
            return parsed.GetValue(detach)
                ? new DetachedStart(context).Run(file)
                : context.RunEngine(file, parsed.GetValue(background), null);
        });
        return verb;
    }
}

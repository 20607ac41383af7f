using System.CommandLine;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna start</c>.</summary>
internal static class StartVerb
{
    /// <summary>Tells the engine that <c>--detach</c> has started to leave the terminal.</summary>
    public const string BackgroundOption = "--session-leader";

    public static Command Build(CliContext context)
    {
        var config = new Option<string>("--config", "-c") { Description = "The configuration file.", HelpName = "FILE", Required = true };
        var detach = new Option<bool>("--detach") { Description = "Run the engine in the background; return once the service serves or has failed to." };
        var background = new Option<bool>(BackgroundOption) { Hidden = true };
        var verb = new Command("start", "Start an engine and its service.") { config, detach, background };
        verb.SetAction((parsed, _) =>
        {
            // The engine outlives the terminal's directory; a relative name would not.
            var file = parsed.GetRequiredValue(config);
            return parsed.GetValue(detach)
                ? new DetachedStart(context).Run(file)
                : context.RunEngine(file, parsed.GetValue(background));
        });
        return verb;
    }
}

using System.CommandLine;
using Aeterna.Keeper;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna adopt</c>.</summary>
internal static class AdoptVerb
{
    public static Command Build(CliContext context)
    {
        var config = new ConfigFileOption();
        var pid = new Option<int>("--pid", "-p") { Description = "The daemon's main process.", Required = true, HelpName = "PID" };
        var detach = new Option<bool>("--detach") { Description = "Run the engine in the background; return once the new process serves, or the daemon goes on as before." };
        var background = new Option<bool>(KeeperArguments.Background) { Hidden = true };
        var keeper = new KeeperOptions();
        var verb = new Command("adopt", "Start an engine that takes the sockets of a daemon which runs without one, and replaces it without a gap.") { pid, detach, background };
        keeper.AddTo(verb);
        config.AddTo(verb);
        verb.SetAction((parsed, _) =>
        {
            var (file, process) = (config.Of(parsed), parsed.GetValue(pid));
            return parsed.GetValue(detach)
                ? new DetachedStart(context, process, keeper.Of(parsed)).Run(file)
                : context.RunEngine(file, parsed.GetValue(background), process);
        });
        return verb;
    }
}

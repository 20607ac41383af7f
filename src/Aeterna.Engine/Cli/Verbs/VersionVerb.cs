using System.CommandLine;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna version</c>: what <c>--version</c> prints.</summary>
internal static class VersionVerb
{
    public static Command Build(CliContext context)
    {
        var verb = new Command("version", "Show the version of this program.");
        verb.SetAction(async (_, _) =>
        {
            await context.Out.WriteLineAsync(EngineHost.Version).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return verb;
    }
}

using System.CommandLine;
using Aeterna.Cli.Shells;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna man</c>.</summary>
internal static class ManVerb
{
    /// <param name="context">Where to.</param>
    /// <param name="root">All verbs.</param>
    /// <param name="examples">An example for each.</param>
    public static Command Build(CliContext context, RootCommand root, IReadOnlyDictionary<Command, string> examples)
    {
        var verb = new Command("man", "Print the manual page aeterna(1).");
        verb.SetAction(async (_, _) =>
        {
            await context.Out.WriteAsync(ManualPage.Write(root, examples, EngineHost.Version)).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return verb;
    }
}

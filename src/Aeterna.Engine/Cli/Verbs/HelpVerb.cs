using System.CommandLine;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna help</c>: another way to write <c>--help</c>.</summary>
internal static class HelpVerb
{
    public static Command Build()
    {
        var of = new Argument<string?>("VERB") { Description = "The verb; without one, all are listed.", Arity = ArgumentArity.ZeroOrOne };
        return new Command("help", "Show the help text of a verb, or list the verbs.") { of };
    }

    /// <summary>The command line that is meant: that of the help itself, also for one that is empty.</summary>
    public static IReadOnlyList<string> Meant(IReadOnlyList<string> args) => args switch
    {
        [] => ["--help"],
        ["help"] => ["--help"],
        ["help", var verb] when !verb.StartsWith('-') => [verb, "--help"],
        ["help", var verb, var below] when !verb.StartsWith('-') && !below.StartsWith('-') => [verb, below, "--help"],
        _ => args,
    };
}

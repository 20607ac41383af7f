using System.CommandLine;
using System.Text;

namespace Aeterna.Cli.Shells;

/// <summary>The script for fish.</summary>
internal static class FishCompletion
{
    public static string Write(Command root)
    {
        var text = new StringBuilder("# fish completion for aeterna, made by: aeterna completion fish\ncomplete -c aeterna -f\n");
        foreach (var verb in CommandTree.Verbs(root))
        {
            var path = verb.Path.Split(' ');
            var above = path.Length == 1 ? "__fish_use_subcommand" : $"__fish_seen_subcommand_from {path[0]}";
            text.Append($"complete -c aeterna -n '{above}' -a {path[^1]} -d {Quote(verb.Summary)}\n");
            var seen = $"complete -c aeterna -n '__fish_seen_subcommand_from {path[^1]}'";
            foreach (var option in verb.Options)
            {
                var names = string.Concat(option.Names.Select(n => n.StartsWith("--", StringComparison.Ordinal) ? $" -l {n[2..]}" : $" -s {n[1..]}"));
                text.Append($"{seen}{names}{(option.Word is { } word ? $" -r{Candidates(word)}" : "")} -d {Quote(option.Description)}\n");
            }

            foreach (var word in verb.Words.Where(word => Candidates(word).Length > 0))
            {
                text.Append($"{seen}{Candidates(word)}\n");
            }
        }

        return text.ToString();
    }

    private static string Candidates(string word) => CommandTree.KindOf(word) switch
    {
        WordKind.Service => " -a '(aeterna completion --services)'",
        WordKind.File => " -F",
        WordKind.Shell => " -a 'bash zsh fish'",
        _ => "",
    };

    private static string Quote(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}

using System.CommandLine;
using System.CommandLine.Parsing;
using Aeterna.Configuration.Reading;

namespace Aeterna.Cli;

/// <summary>What is wrong with a command line, in one sentence: the first mistake alone, since the others may follow from it.</summary>
internal static class UsageMistake
{
    /// <summary>The sentence; null when the command line is good, or asks for help.</summary>
    public static string? Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command is RootCommand && parsed.UnmatchedTokens is [var verb, ..] && !LooksLikeOption(verb))
        {
            return $"cannot run aeterna {verb}: there is no such verb ({Suggestion(verb, Verbs(command)) ?? "aeterna help lists them"})";
        }

        if (parsed.Action is { ClearsParseErrors: true })
        {
            return null;
        }

        var aim = $"cannot run {Name(command)}";
        var help = $"{Name(command)} --help says how it is used";
        return Stray(parsed) switch
        {
            { } option when LooksLikeOption(option) => $"{aim}: there is no option {option} ({Suggestion(option, Options(command)) ?? help})",
            { } word when command.Subcommands.Count > 0 => $"{aim} {word}: there is no such verb ({Suggestion(word, Verbs(command)) ?? help})",
            { } word => $"{aim}: \"{word}\" is one word too many ({help})",
            _ when parsed.Errors.Count == 0 => null,
            _ when command.Subcommands.Count > 0 => $"{aim}: it takes one of {string.Join(", ", Verbs(command))} ({help})",
            _ => $"{aim}: {Plain(parsed.Errors[0].Message)} ({help})",
        };
    }

    /// <summary>
    /// The first word that is no part of the verb. The library takes an option that it does not know for an argument as long as the verb has room for one.
    /// </summary>
    private static string? Stray(ParseResult parsed)
    {
        if (parsed.Tokens.All(token => token.Type != TokenType.DoubleDash)
            && parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).FirstOrDefault(t => LooksLikeOption(t.Value)) is { } taken)
        {
            return taken.Value;
        }

        return parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
    }

    private static bool LooksLikeOption(string word) => word.Length > 1 && word[0] == '-';

    private static string? Suggestion(string word, IReadOnlyCollection<string> known) => Nearest.To(word, known) is { } near ? $"did you mean {near}?" : null;

    private static List<string> Verbs(Command command) => [.. command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name)];

    private static List<string> Options(Command command) =>
        [.. command.Options.Where(option => !option.Hidden).SelectMany(option => option.Aliases.Prepend(option.Name)).Where(n => n.StartsWith("--", StringComparison.Ordinal)), "--help"];

    /// <summary>As it is typed: <c>aeterna srp send</c>.</summary>
    private static string Name(Command command) =>
        command is RootCommand || command.Parents.FirstOrDefault() is not Command parent ? "aeterna" : $"{Name(parent)} {command.Name}";

    // As the end of a sentence.
    private static string Plain(string message)
    {
        var text = message.TrimEnd('.');
        return text.Length > 1 && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
    }
}

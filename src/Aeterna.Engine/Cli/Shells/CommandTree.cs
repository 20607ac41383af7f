using System.CommandLine;

namespace Aeterna.Cli.Shells;

/// <summary>The verbs as completion and manual need them: what <c>--help</c> shows, and no more.</summary>
internal static class CommandTree
{
    /// <summary>Each verb that can be typed and, after it, those below it, as in <c>srp send</c>.</summary>
    public static IEnumerable<Verb> Verbs(Command root, string above = "") => root.Subcommands.Where(command => !command.Hidden)
        .SelectMany(command => Verbs(command, $"{above}{command.Name} ").Prepend(new Verb($"{above}{command.Name}", command)));

    /// <summary>What a word can be completed by, from the name that the help has for it.</summary>
    public static WordKind KindOf(string name) => name switch
    {
        "NAME" or "NAME|ID" => WordKind.Service,
        "FILE" or "PATH" => WordKind.File,
        "VERB" => WordKind.Verb,
        "SHELL" => WordKind.Shell,
        _ => WordKind.Other,
    };
}

/// <summary>A verb.</summary>
/// <param name="Path">As it is typed, without the program.</param>
/// <param name="Command">What the parser knows of it.</param>
internal sealed record Verb(string Path, Command Command)
{
    /// <summary>The first sentence of what it does.</summary>
    public string Summary { get; } = FirstSentence(Command.Description ?? "");

    /// <summary>Its words that are no options, in order.</summary>
    public IReadOnlyList<string> Words { get; } = [.. Command.Arguments.Where(a => !a.Hidden).Select(a => a.Name)];

    /// <summary>Names of the verbs below it.</summary>
    public IReadOnlyList<string> Below { get; } = [.. Command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];

    /// <summary>Its options; of all verbs <c>--help</c>.</summary>
    public IReadOnlyList<VerbOption> Options { get; } =
    [
        .. Command.Options.Where(o => !o.Hidden && o.Name != "--help").Select(o => new VerbOption([o.Name, .. o.Aliases.Where(a => a != o.Name)], o.HelpName, o.Description ?? "")),
        new VerbOption(["--help"], null, "Show how it is used."),
    ];

    private static string FirstSentence(string text) => text.IndexOf(". ", StringComparison.Ordinal) is > 0 and var end ? text[..end] : text.TrimEnd('.');
}

/// <summary>An option of a verb.</summary>
/// <param name="Names">The long one first.</param>
/// <param name="Word">Name of the word that it takes; null: none.</param>
/// <param name="Description">What it does.</param>
internal sealed record VerbOption(IReadOnlyList<string> Names, string? Word, string Description);

/// <summary>What can stand in place of a word.</summary>
internal enum WordKind
{
    Other,

    /// <summary>A service that runs.</summary>
    Service,
    File,
    Verb,
    Shell,
}

using Aeterna.Contract;
using YamlDotNet.Core;

namespace Aeterna.Configuration.Yaml;

/// <summary>YamlDotNet's complaints in our own form.</summary>
internal static class SyntaxErrors
{
    public static void Report(string text, YamlException error, FindingList findings)
    {
        var place = new Place((int)error.Start.Line, (int)error.Start.Column);
        var lines = text.Split('\n');
        if (FindTab(lines, place.Line) is { } tab)
        {
            findings.Error(tab, FindingCode.Syntax, "not valid YAML: a tab in the indentation", "indent with spaces");
            return;
        }

        var message = error.Message.TrimEnd('.');
        var described = message.Length == 0 ? "" : $": {char.ToLowerInvariant(message[0])}{Printable.Cut(message[1..], 200)}";
        findings.Error(place, FindingCode.Syntax, "not valid YAML" + described, Hint(lines, place));
    }

    /// <summary>The tab that people most often mean when YAML complains of something near it.</summary>
    private static Place? FindTab(string[] lines, int line)
    {
        for (var near = line; near <= Math.Min(line + 1, lines.Length); near++)
        {
            var indentation = lines[near - 1].TakeWhile(char.IsWhiteSpace).ToArray();
            var tab = Array.IndexOf(indentation, '\t');
            if (tab >= 0)
            {
                return new Place(near, tab + 1);
            }
        }

        return null;
    }

    private static string? Hint(string[] lines, Place place)
    {
        var line = place.Line <= lines.Length ? lines[place.Line - 1] : "";
        var sign = place.Column <= line.Length ? line[place.Column - 1] : ' ';
        return sign is '@' or '`' or '%' or ':' ? $"put a text with {sign} in it in quotes" : null;
    }
}

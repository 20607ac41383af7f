using Aeterna.Configuration.Reading;
using Aeterna.Configuration.Sections;

namespace Aeterna.Tests.Configuration.Support;

/// <summary>The smallest file that has one given key: every section on the way to it has what it needs, and nothing else.</summary>
internal static class SampleFile
{
    /// <param name="path">As in <c>service.listeners[].backlog</c>.</param>
    /// <param name="value">The value as YAML in one line; null leaves the key out, and keeps the sections on the way to it.</param>
    public static string With(string path, string? value) => Section(RootSection.Kind, path.Split('.'), value) + "\n";

    private static string Section(ISectionKind section, ReadOnlySpan<string> path, string? value)
    {
        var entries = new List<string>();
        var wanted = path.Length == 0 ? "" : path[0].Replace("[]", "", StringComparison.Ordinal);
        foreach (var key in section.Keys.Where(key => key.Required || key.Name == wanted))
        {
            var text = key.Name == wanted && path.Length == 1 ? value : Nested(key, key.Name == wanted ? path[1..] : [], value);
            if (text is not null)
            {
                entries.Add($"{key.Name}: {text}");
            }
        }

        return $"{{ {string.Join(", ", entries)} }}";
    }

    private static string Nested(Key key, ReadOnlySpan<string> path, string? value) => key.Kind switch
    {
        ISectionKind section => Section(section, path, value),
        IListKind { Item: ISectionKind item } => $"[{Section(item, path, value)}]",
        _ => key.Example,
    };
}

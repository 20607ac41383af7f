using System.Globalization;

namespace Aeterna.PowerShell.Engines;

/// <summary>One sample of the metrics.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Type">As in <c>counter</c>, <c>gauge</c>, <c>histogram</c>.</param>
/// <param name="Help">What it counts.</param>
/// <param name="Labels">Its labels in order.</param>
/// <param name="Value">The number.</param>
internal sealed record MetricSample(string Metric, string Type, string Help, IReadOnlyList<KeyValuePair<string, string>> Labels, double Value);

/// <summary>Reads the Prometheus text format 0.0.4, as engines write it.</summary>
internal static class MetricsText
{
    private static readonly string[] _suffixes = ["_bucket", "_sum", "_count"];

    public static IEnumerable<MetricSample> Read(string text)
    {
        Dictionary<string, string> types = [], helps = [];
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Note(types, line[7..]);
            }
            else if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                Note(helps, line[7..]);
            }
            else if (line[0] != '#' && Sample(line) is { } sample)
            {
                var family = types.ContainsKey(sample.Metric) ? sample.Metric : Family(sample.Metric);
                yield return sample with { Type = types.GetValueOrDefault(family, "untyped"), Help = helps.GetValueOrDefault(family, "") };
            }
        }
    }

    private static void Note(Dictionary<string, string> notes, string nameAndText)
    {
        var space = nameAndText.IndexOf(' ', StringComparison.Ordinal);
        if (space > 0)
        {
            notes[nameAndText[..space]] = nameAndText[(space + 1)..];
        }
    }

    private static string Family(string name) =>
        _suffixes.FirstOrDefault(suffix => name.EndsWith(suffix, StringComparison.Ordinal)) is { } suffix ? name[..^suffix.Length] : name;

    private static MetricSample? Sample(string line)
    {
        var brace = line.IndexOf('{', StringComparison.Ordinal);
        var end = brace < 0 ? -1 : line.LastIndexOf('}');
        var name = line[..(brace < 0 ? Math.Max(0, line.IndexOf(' ', StringComparison.Ordinal)) : brace)];
        var rest = line[(end < 0 ? name.Length : end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return name.Length > 0 && rest.Length > 0 && Number(rest[0]) is { } value
            ? new MetricSample(name, "", "", end < 0 ? [] : [.. Labels(line[(brace + 1)..end])], value)
            : null;
    }

    private static IEnumerable<KeyValuePair<string, string>> Labels(string text)
    {
        for (var at = 0; text.IndexOf("=\"", at, StringComparison.Ordinal) is var equals && equals > 0;)
        {
            var name = text[at..equals].Trim(',', ' ');
            var value = new System.Text.StringBuilder();
            for (at = equals + 2; at < text.Length && text[at] != '"'; at++)
            {
                if (text[at] == '\\' && at + 1 < text.Length)
                {
                    at++;
                    value.Append(text[at] == 'n' ? '\n' : text[at]);
                }
                else
                {
                    value.Append(text[at]);
                }
            }

            at++;
            yield return new(name, value.ToString());
            if (at >= text.Length)
            {
                yield break;
            }
        }
    }

    private static double? Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null,
    };
}

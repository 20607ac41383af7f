using System.Globalization;
using System.Text.RegularExpressions;

namespace Aeterna.Tests.Support;

/// <summary>A strict reader of the text format 0.0.4: whatever the format does not allow is an exception.</summary>
internal static partial class PrometheusParser
{
    public sealed record Family(string Name, string Help, string Type, List<Sample> Samples);

    public sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

    public static Dictionary<string, Family> Parse(byte[] page) => Parse(new System.Text.UTF8Encoding(false, true).GetString(page));

    public static Dictionary<string, Family> Parse(string text)
    {
        Require(text.EndsWith('\n'), "the last line has to end with a line feed");
        var families = new Dictionary<string, Family>();
        Family? current = null;
        string? help = null;
        foreach (var line in text[..^1].Split('\n'))
        {
            if (HelpLine().Match(line) is { Success: true } h)
            {
                help = h.Groups[2].Value;
                Require(!families.ContainsKey(h.Groups[1].Value), $"a family comes twice: {line}");
                current = new Family(h.Groups[1].Value, help, "", []);
            }
            else if (TypeLine().Match(line) is { Success: true } t)
            {
                Require(current is not null && current.Name == t.Groups[1].Value && current.Samples.Count == 0, $"TYPE out of place: {line}");
                current = current! with { Type = t.Groups[2].Value };
                families.Add(current.Name, current);
            }
            else
            {
                var sample = ParseSample(line);
                Require(current is not null && BelongsTo(current, sample), $"a sample out of place: {line}");
                Require(!current!.Samples.Any(s => s.Name == sample.Name && s.Labels.OrderBy(p => p.Key).SequenceEqual(sample.Labels.OrderBy(p => p.Key))),
                    $"a series comes twice: {line}");
                current.Samples.Add(sample);
            }
        }

        foreach (var family in families.Values.Where(f => f.Type == "histogram"))
        {
            CheckHistogram(family);
        }

        return families;
    }

    private static bool BelongsTo(Family family, Sample sample) => family.Type == "histogram"
        ? sample.Name == family.Name + "_bucket" || sample.Name == family.Name + "_sum" || sample.Name == family.Name + "_count"
        : sample.Name == family.Name;

    private static void CheckHistogram(Family family)
    {
        var groups = family.Samples.GroupBy(s => string.Join(',', s.Labels.Where(l => l.Key != "le").OrderBy(l => l.Key)));
        foreach (var group in groups)
        {
            var buckets = group.Where(s => s.Name.EndsWith("_bucket", StringComparison.Ordinal)).ToList();
            var bounds = buckets.Select(b => Number(b.Labels["le"])).ToList();
            Require(bounds.SequenceEqual(bounds.Order()) && double.IsPositiveInfinity(bounds[^1]), "buckets in order, the last one +Inf");
            Require(buckets.Select(b => b.Value).SequenceEqual(buckets.Select(b => b.Value).Order()), "buckets add up");
            Require(group.Single(s => s.Name.EndsWith("_count", StringComparison.Ordinal)).Value == buckets[^1].Value, "count is the last bucket");
            Require(group.Count(s => s.Name.EndsWith("_sum", StringComparison.Ordinal)) == 1, "one sum");
        }
    }

    private static Sample ParseSample(string line)
    {
        var match = SampleLine().Match(line);
        Require(match.Success, $"not a line of the format: {line}");
        var labels = new Dictionary<string, string>();
        var rest = match.Groups[2].Value;
        while (rest.Length > 0)
        {
            var label = Label().Match(rest);
            Require(label.Success, $"bad labels: {rest}");
            labels.Add(label.Groups[1].Value, Unescape(label.Groups[2].Value));
            rest = rest[label.Length..];
            Require(rest.Length == 0 || label.Value.EndsWith(','), $"labels without a comma: {rest}");
        }

        return new Sample(match.Groups[1].Value, labels, Number(match.Groups[3].Value));
    }

    private static string Unescape(string text) => Escape().Replace(text, m => m.Value switch
    {
        @"\\" => "\\",
        "\\\"" => "\"",
        @"\n" => "\n",
        _ => throw new FormatException($"bad escape {m.Value}"),
    });

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new FormatException(what);
        }
    }

    [GeneratedRegex(@"^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$")]
    private static partial Regex HelpLine();

    [GeneratedRegex(@"^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.+)\})? (\S+)$")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?""")]
    private static partial Regex Label();

    [GeneratedRegex(@"\\.")]
    private static partial Regex Escape();
}

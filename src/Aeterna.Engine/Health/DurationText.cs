using System.Globalization;

namespace Aeterna.Health;

/// <summary>Writes a duration with its two largest units: <c>48h20m</c>, <c>1m30s</c>, <c>5s</c>, <c>350ms</c>.</summary>
internal static class DurationText
{
    public static string Format(TimeSpan value)
    {
        var (first, second) = value switch
        {
            { TotalHours: >= 1 } => (Part((long)value.TotalHours, "h"), Part(value.Minutes, "m")),
            { TotalMinutes: >= 1 } => (Part(value.Minutes, "m"), Part(value.Seconds, "s")),
            { TotalSeconds: >= 1 } => (Part(value.Seconds, "s"), Part(value.Milliseconds, "ms")),
            _ => (Part(value.Milliseconds, "ms"), ""),
        };
        return first.Length + second.Length == 0 ? "0s" : first + second;
    }

    private static string Part(long count, string unit) =>
        count <= 0 ? "" : count.ToString(CultureInfo.InvariantCulture) + unit;
}

using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>Numbers as people read them.</summary>
internal static class Human
{
    private static readonly string[] _sizes = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>As in <c>12.5ms</c>, <c>31.2s</c>, <c>1m30s</c>, <c>48h20m</c>: with a decimal where the contract's format has none.</summary>
    public static string Span(TimeSpan span)
    {
        var value = span < TimeSpan.Zero ? TimeSpan.Zero : span;
        return value.TotalSeconds switch
        {
            0 => "0s",
            < 1 => Invariant($"{value.TotalMilliseconds:0.#}ms"),
            < 60 => Invariant($"{Math.Floor(value.TotalSeconds * 10) / 10:0.#}s"),
            _ => Durations.FormatBrief(value),
        };
    }

    /// <summary>As in <c>11.8 MiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        var size = 0;
        while (value >= 1024 && size < _sizes.Length - 1)
        {
            value /= 1024;
            size++;
        }

        return Invariant($"{value:0.#} {_sizes[size]}");
    }

    /// <summary>As in <c>2026-11-22 09:45:12Z</c>.</summary>
    public static string Time(DateTimeOffset time) => Invariant($"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}");

    /// <summary>A number in any culture the same.</summary>
    public static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

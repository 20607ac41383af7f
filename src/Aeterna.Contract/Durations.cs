using System.Globalization;
using System.Text;

namespace Aeterna.Contract;

/// <summary>
/// Durations as Aeterna writes and reads them: <c>500ms</c>, <c>30s</c>, <c>1m30s</c>, <c>48h20m</c>. Whole numbers with the
/// units h, m, s and ms, each at most once and in this order.
/// </summary>
public static class Durations
{
    /// <summary>What a message says was expected.</summary>
    public const string Expected = "a duration such as 500ms, 30s or 1m30s";

    private static readonly (string Unit, long Ticks)[] _units =
    [
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Reads a duration. Signs, fractions, spaces, bare numbers and what <see cref="TimeSpan"/> cannot hold are refused.</summary>
    /// <param name="text">The text; null is refused.</param>
    /// <param name="value">The duration, or zero.</param>
    public static bool TryParse(string? text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        long ticks = 0;
        var nextUnit = 0;
        for (var at = 0; at < text.Length;)
        {
            var digits = Run(text, at, char.IsAsciiDigit);
            var letters = Run(text, at + digits, char.IsAsciiLetterLower);
            var unit = Array.FindIndex(_units, nextUnit, known => text.AsSpan(at + digits, letters).SequenceEqual(known.Unit));
            if (unit < 0
                || !long.TryParse(text.AsSpan(at, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                || count > (TimeSpan.MaxValue.Ticks - ticks) / _units[unit].Ticks)
            {
                return false;
            }

            ticks += count * _units[unit].Ticks;
            nextUnit = unit + 1;
            at += digits + letters;
        }

        value = TimeSpan.FromTicks(ticks);
        return true;
    }

    /// <summary>Writes a duration in full; less than a millisecond is cut off, a negative one is written with a minus sign.</summary>
    public static string Format(TimeSpan value) => Write(value, _units.Length, 0);

    /// <summary>Writes the two largest units only, as people read a time that runs: <c>48h20m</c>, <c>1m30s</c>, <c>12s</c>, <c>350ms</c>.</summary>
    public static string FormatBrief(TimeSpan value) =>
        Write(value, 2, value.Ticks is > -TimeSpan.TicksPerSecond and < TimeSpan.TicksPerSecond ? 0 : TimeSpan.TicksPerSecond);

    private static string Write(TimeSpan value, int mostUnits, long leastTicks)
    {
        var text = new StringBuilder();
        var rest = value == TimeSpan.MinValue ? long.MaxValue : Math.Abs(value.Ticks);
        var largest = Array.FindIndex(_units, unit => rest >= unit.Ticks);
        if (largest < 0)
        {
            return "0s";
        }

        for (var unit = largest; unit < Math.Min(_units.Length, largest + mostUnits) && _units[unit].Ticks >= leastTicks; unit++)
        {
            var count = rest / _units[unit].Ticks;
            rest %= _units[unit].Ticks;
            if (count > 0)
            {
                text.Append(count.ToString(CultureInfo.InvariantCulture)).Append(_units[unit].Unit);
            }
        }

        return value < TimeSpan.Zero ? "-" + text : text.ToString();
    }

    private static int Run(string text, int from, Func<char, bool> accepts)
    {
        var at = from;
        while (at < text.Length && accepts(text[at]))
        {
            at++;
        }

        return at - from;
    }
}

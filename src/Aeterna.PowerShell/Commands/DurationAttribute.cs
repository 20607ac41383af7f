using System.Globalization;
using System.Management.Automation;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Commands;

/// <summary>
/// Takes durations as people write them: a number of seconds, <c>1m30s</c> as in aeterna.yaml, or a TimeSpan. Without it PowerShell
/// reads 30 as 30 ticks.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationAttribute : ArgumentTransformationAttribute
{
    // Timers take no more.
    private static readonly TimeSpan _longest = TimeSpan.FromDays(49);

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            TimeSpan span => InRange(span, Durations.Format(span)),
            int or long or double or decimal => Seconds(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => Seconds(number),
            string text when Durations.TryParse(text, out var span) => InRange(span, text),
            string text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) => InRange(span, text),
            _ => throw new ArgumentTransformationMetadataException($"cannot read {value} as a duration: expected seconds, or {Durations.Expected}"),
        };
    }

    private static TimeSpan Seconds(double seconds)
    {
        var text = FormattableString.Invariant($"{seconds} seconds");
        return seconds >= 0 && seconds <= _longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : throw OutOfRange(text);
    }

    private static TimeSpan InRange(TimeSpan span, string text) => span >= TimeSpan.Zero && span <= _longest ? span : throw OutOfRange(text);

    private static ArgumentTransformationMetadataException OutOfRange(string text) =>
        new(FormattableString.Invariant($"cannot take {text} as a duration: it has to be from 0 to {_longest.TotalDays} days"));
}

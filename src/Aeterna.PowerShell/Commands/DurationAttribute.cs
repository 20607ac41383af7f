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
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            TimeSpan span => span,
            int or long or double or decimal => Seconds(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => Seconds(number),
            string text when Durations.TryParse(text, out var span) => span,
            string text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) => span,
            _ => throw new ArgumentTransformationMetadataException($"cannot read {value} as a duration: expected seconds, or {Durations.Expected}"),
        };
    }

    private static TimeSpan Seconds(double seconds) =>
        seconds is >= 0 and < int.MaxValue
            ? TimeSpan.FromSeconds(seconds)
            : throw new ArgumentTransformationMetadataException(FormattableString.Invariant($"cannot take {seconds} seconds as a duration"));
}

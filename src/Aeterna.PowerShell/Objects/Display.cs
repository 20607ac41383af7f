using System.Globalization;
using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.PowerShell;

/// <summary>How values are shown in tables. For the module's views; scripts use the values themselves.</summary>
public static class Display
{
    /// <summary>A word in its colour: green when all is well, yellow while something goes on, red when an operator is needed.</summary>
    /// <param name="word">A state, verdict or outcome.</param>
    /// <param name="style">The shell's <c>$PSStyle</c>; on anything but a terminal that wants colours the word stays as it is.</param>
    public static string Paint(string? word, object? style)
    {
        if (string.IsNullOrEmpty(word) || style is null || Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 })
        {
            return word ?? "";
        }

        return Text(style, "OutputRendering") == "PlainText" || Property(style, "Foreground") is not { } colours
            ? word
            : $"{Text(colours, ColourOf(word))}{word}{Text(style, "Reset")}";
    }

    /// <summary>As in 12.5ms, 31.2s, 1m30s, 48h20m.</summary>
    public static string Span(TimeSpan? span) => span is { } value ? Human.Span(value) : "";

    /// <summary>As in 2026-11-22 09:45:12, by the clock on the wall.</summary>
    public static string Time(DateTimeOffset? time) => time?.LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    /// <summary>As in 11.8 MiB.</summary>
    public static string Size(long bytes) => Human.Bytes(bytes);

    private static string ColourOf(string word) => word switch
    {
        FsmState.Running or Verdict.Succeeded or PhaseOutcome.Ok => "Green",
        FsmState.Failed or Verdict.Failed or PhaseOutcome.Failed or FindingSeverity.Error => "Red",
        _ => "Yellow",
    };

    private static object? Property(object owner, string name) => PSObject.AsPSObject(owner).Properties[name]?.Value;

    private static string? Text(object owner, string name) => Property(owner, name)?.ToString();
}

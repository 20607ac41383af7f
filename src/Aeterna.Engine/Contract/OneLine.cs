using System.Globalization;
using System.Text;

namespace Aeterna.Telemetry;

/// <summary>
/// Makes text fit for one line of a log or a terminal. What a child, a client or a file says may hold line feeds and escape
/// sequences; a log line must not be forged by it and a terminal not be driven by it.
/// </summary>
internal static class OneLine
{
    /// <summary>The text with each control character written as <c>\xNN</c>, and as <c>\n</c>, <c>\t</c> where that is its name.</summary>
    public static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            _ = c switch
            {
                '\n' => clean.Append("\\n"),
                '\r' => clean.Append("\\r"),
                '\t' => clean.Append("\\t"),
                _ when char.IsControl(c) => clean.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => clean.Append(c),
            };
        }

        return clean.ToString();
    }
}

using System.Globalization;
using System.Text;

namespace Aeterna.Contract;

/// <summary>
/// Makes text fit for one line of a log or a terminal. What a child, a client or a file says may hold line feeds, escape sequences and
/// characters that turn the direction of writing; a log line must not be forged by it, a terminal not be driven, and a reader not be misled.
/// </summary>
public static class OneLine
{
    /// <summary>
    /// The text with each character that does not show as one written as <c>\xNN</c> or <c>\u{NNNN}</c>, and as <c>\n</c>, <c>\r</c>,
    /// <c>\t</c> where that is its name: control characters (C0, C1), those of format (direction, zero width, tags) and separators of lines.
    /// Half a surrogate pair becomes U+FFFD.
    /// </summary>
    /// <param name="text">Any text.</param>
    public static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            Append(clean, rune);
        }

        return clean.ToString();
    }

    /// <summary>The text, or so many characters of its beginning and an ellipsis.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="most">Characters (UTF-16) that it may have.</param>
    public static string Cut(string text, int most) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1)] + "…";

    private static void Append(StringBuilder clean, Rune rune)
    {
        switch (rune.Value)
        {
            case '\n':
                clean.Append("\\n");
                break;
            case '\r':
                clean.Append("\\r");
                break;
            case '\t':
                clean.Append("\\t");
                break;
            default:
                if (Shows(rune))
                {
                    clean.Append(rune);
                }
                else if (rune.Value <= 0xff)
                {
                    clean.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
                }
                else
                {
                    clean.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x4}}}");
                }

                break;
        }
    }

    // EnumerateRunes gives U+FFFD for half a surrogate pair, which shows.
    private static bool Shows(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}

using System.Globalization;
using System.Text;

namespace Aeterna.Configuration.Yaml;

/// <summary>Text of the file as a message may repeat it: short, on one line, and harmless to a terminal.</summary>
internal static class Printable
{
    public static string Quote(string text) => $"\"{Cut(text)}\"";

    public static string Cut(string text, int most = 60)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= most)
            {
                return shown.Append("...").ToString();
            }

            shown.Append(Show(rune));
        }

        return shown.ToString();
    }

    private static string Show(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        _ when rune.Value == '\n' => "\\n",
        _ when rune.Value == '\t' => "\\t",
        // Format characters too: they can turn the direction of what a terminal shows.
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
        _ => rune.ToString(),
    };
}

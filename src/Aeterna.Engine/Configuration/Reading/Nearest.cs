namespace Aeterna.Configuration.Reading;

/// <summary>The known word that somebody most likely meant.</summary>
internal static class Nearest
{
    /// <summary>The nearest word by edits (a swap of neighbours is one); null when none is near. Case and dashes do not count.</summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        // Longer than any key: then nothing is near, and the table below stays small.
        if (word.Length > 40)
        {
            return null;
        }

        var plain = Plain(word);
        var best = known
            .Select(candidate => (Word: candidate, Distance: Distance(plain, Plain(candidate))))
            .OrderBy(pair => pair.Distance)
            .FirstOrDefault();
        return best.Word is not null && best.Distance <= Math.Max(1, best.Word.Length / 3) ? best.Word : null;
    }

    private static string Plain(string word) => word.ToLowerInvariant().Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);

    private static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                table[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(table[i - 1, j], table[i, j - 1]) + 1,
                    table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
            }
        }

        return table[a.Length, b.Length];
    }
}

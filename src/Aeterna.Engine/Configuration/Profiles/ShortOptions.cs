namespace Aeterna.Configuration.Profiles;

/// <summary>Reads a command line as getopt(3) does: <c>-n -f FILE</c>, <c>-fFILE</c>, <c>-nf FILE</c>, up to <c>--</c>.</summary>
internal static class ShortOptions
{
    /// <summary>The options of a command, with their values.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="withValue">Letters of the options that take a value.</param>
    public static List<ShortOption> Read(IReadOnlyList<string> command, string withValue)
    {
        var options = new List<ShortOption>();
        for (var word = 1; word < command.Count && command[word] != "--"; word++)
        {
            var text = command[word];
            for (var at = 1; text.StartsWith('-') && at < text.Length; at++)
            {
                if (!withValue.Contains(text[at], StringComparison.Ordinal))
                {
                    options.Add(new(text[at], null, word));
                    continue;
                }

                var attached = at + 1 < text.Length;
                if (attached)
                {
                    options.Add(new(text[at], text[(at + 1)..], word));
                }
                else if (word + 1 < command.Count)
                {
                    options.Add(new(text[at], command[++word], word));
                }

                break;
            }
        }

        return options;
    }

    /// <summary>The value that counts when an option is given more than once: the last one.</summary>
    public static string? Last(this IEnumerable<ShortOption> options, char letter) =>
        options.LastOrDefault(option => option.Letter == letter)?.Value;
}

/// <summary>One option.</summary>
/// <param name="Letter">Its letter.</param>
/// <param name="Value">Its value, if it takes one.</param>
/// <param name="Word">Index of the word in which its value (or, without one, the option) ends.</param>
internal sealed record ShortOption(char Letter, string? Value, int Word);

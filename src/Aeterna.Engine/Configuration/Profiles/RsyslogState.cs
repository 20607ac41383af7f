using System.Text;
using System.Text.RegularExpressions;

namespace Aeterna.Configuration;

/// <summary>
/// Finds in an rsyslog configuration, includes followed, what does not bear a second rsyslogd beside the first: queues on disk and inputs that
/// remember in a file how far they have read, and messages of its own, which it writes at its start and its end, whoever else is writing
/// then. In both of its syntaxes. It only has to know what is there: rsyslogd judges it.
/// </summary>
internal static partial class RsyslogState
{
    /// <summary>As in "/etc/rsyslog.d/10-files.conf:3 loads imfile"; null when there is nothing.</summary>
    /// <param name="file">The main file.</param>
    /// <param name="directory">What relative includes are relative to.</param>
    public static string? Find(string file, string directory)
    {
        foreach (var (path, text) in Texts(file, directory))
        {
            if (InText(text) is var (what, at))
            {
                return $"{path}:{text.AsSpan(0, at).Count('\n') + 1} {what}";
            }
        }

        return null;
    }

    /// <summary>The modules that a configuration loads, and the number of its rules: actions, and selectors of the old syntax.</summary>
    /// <param name="file">The main file.</param>
    /// <param name="directory">What relative includes are relative to.</param>
    public static ConfigurationSummary Summary(string file, string directory)
    {
        var texts = Texts(file, directory).Select(t => t.Text).ToList();
        return new ConfigurationSummary(
            [.. texts.SelectMany(text => Module().Matches(text).Select(m => m.Groups["name"].Value)).Distinct().Order(StringComparer.Ordinal)],
            texts.Sum(text => Rule().Count(text)));
    }

    private static IEnumerable<(string Path, string Text)> Texts(string file, string directory)
    {
        var waiting = new Queue<string>([file]);
        var seen = new HashSet<string>();
        while (waiting.TryDequeue(out var next))
        {
            if (seen.Count == ConfigurationFiles.Most || !seen.Add(next))
            {
                continue;
            }

            var text = WithoutComments(ConfigurationFiles.Text(next));
            yield return (next, text);
            foreach (var path in Include().Matches(text).Select(include => include.Groups["path"].Value).Where(path => !path.Contains('\0', StringComparison.Ordinal)))
            {
                ConfigurationFiles.Expand(Path.GetFullPath(path, directory)).ForEach(waiting.Enqueue);
            }
        }
    }

    private static (string What, int At)? InText(string text) =>
        Queue().Match(text) is { Success: true } queue ? ("has a queue on disk", queue.Groups["here"].Index)
        : Input().Match(text) is { Success: true } input ? ($"loads {input.Groups["here"].Value}", input.Groups["here"].Index)
        : Internal().Match(text) is { Success: true } own ? ("has processInternalMessages on", own.Index)
        : null;

    /// <summary>
    /// Blanks out comments, keeping every line where it is. In quotes nothing is a comment; a quote ends with its line at the latest,
    /// since one may stand alone in the old syntax.
    /// </summary>
    private static string WithoutComments(string text)
    {
        var kept = new StringBuilder(text.Length);
        var (quote, line, block) = ('\0', false, false);
        for (var i = 0; i < text.Length; i++)
        {
            var (c, next) = (text[i], i + 1 < text.Length ? text[i + 1] : '\0');
            if (c == '\n')
            {
                (quote, line) = ('\0', false);
            }
            else if (block)
            {
                block = !(c == '/' && text[i - 1] == '*');
                c = ' ';
            }
            else if (line)
            {
                c = ' ';
            }
            else if (quote != '\0')
            {
                quote = c == quote && text[i - 1] != '\\' ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == '#')
            {
                (line, c) = (true, ' ');
            }
            else if (c == '/' && next == '*' && (i == 0 || !IsPath(text[i - 1])))
            {
                (block, c) = (true, ' ');
            }

            kept.Append(c);
        }

        return kept.ToString();
    }

    // $IncludeConfig /etc/rsyslog.d/*.conf
    private static bool IsPath(char before) => char.IsLetterOrDigit(before) || before is '/' or '.' or '_' or '-';

    [GeneratedRegex("""(?<here>queue\.filename)\s*=|^[ \t]*(?<here>\$(ActionQueue|MainMsgQueue|RulesetQueue)FileName)\b""", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Queue();

    [GeneratedRegex("""\bload\s*=\s*["']?(\S*/)?(?<here>imfile|imjournal)\b|^[ \t]*\$ModLoad[ \t]+(\S*/)?(?<here>imfile|imjournal)\b""", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Input();

    [GeneratedRegex("""\bprocessInternalMessages\s*=\s*["']?on\b""", RegexOptions.IgnoreCase)]
    private static partial Regex Internal();

    [GeneratedRegex("""\binclude\s*\([^)]*?\bfile\s*=\s*["'](?<path>[^"']+)["']|^[ \t]*\$IncludeConfig[ \t]+(?<path>\S+)""", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Include();

    [GeneratedRegex("""\bload\s*=\s*["']?(\S*/)?(?<name>\w+)|^[ \t]*\$ModLoad[ \t]+(\S*/)?(?<name>\w+)""", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Module();

    [GeneratedRegex("""\baction\s*\(|^[ \t]*[\w*,]+\.[\w*!=;,.]+[ \t]+\S""", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Rule();
}

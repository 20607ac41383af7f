using System.Text;

namespace Aeterna.Configuration.Profiles;

/// <summary>
/// The directives outside every block of an nginx configuration, includes followed; each with its arguments. It only has
/// to know what is there: nginx judges it. A file that cannot be read has none, and nginx will say so.
/// </summary>
internal static class NginxDirectives
{

    private static readonly string[] _defaultFiles =
        ["/etc/nginx/nginx.conf", "/usr/local/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf"];

    /// <summary>The file that nginx reads without -c: that is compiled in, and these are the usual ones.</summary>
    public static string DefaultFile => Array.Find(_defaultFiles, File.Exists) ?? _defaultFiles[0];

    public static IEnumerable<string[]> InFile(string file)
    {
        var directives = new List<string[]>();
        var waiting = new Queue<string>([file]);
        var root = Path.GetDirectoryName(file) ?? "/";
        for (var read = 0; read < ConfigurationFiles.Most && waiting.TryDequeue(out var next); read++)
        {
            foreach (var directive in InText(ConfigurationFiles.Text(next)))
            {
                directives.Add(directive);
                if (directive is ["include", var pattern])
                {
                    ConfigurationFiles.Expand(Path.Combine(root, pattern)).ForEach(waiting.Enqueue);
                }
            }
        }

        return directives;
    }

    public static IEnumerable<string[]> InText(string text)
    {
        var depth = 0;
        var words = new List<string>();
        foreach (var (token, quoted) in Tokens(text))
        {
            if (quoted || token is not (";" or "{" or "}"))
            {
                words.Add(token);
                continue;
            }

            if (depth == 0 && token == ";" && words.Count > 0)
            {
                yield return [.. words];
            }

            depth += token switch { "{" => 1, "}" => -1, _ => 0 };
            words.Clear();
        }
    }

    private static IEnumerable<(string Token, bool Quoted)> Tokens(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
            }
            else if (c == '#')
            {
                var end = text.IndexOf('\n', at);
                at = end < 0 ? text.Length : end;
            }
            else if (c is ';' or '{' or '}')
            {
                at++;
                yield return (c.ToString(), false);
            }
            else
            {
                var quote = c is '"' or '\'' ? c : '\0';
                yield return (Word(text, quote == '\0' ? at : at + 1, quote, out at), quote != '\0');
            }
        }
    }

    /// <summary>A word up to its quote, or, without one, up to a space, semicolon or brace; a backslash takes the next character.</summary>
    private static string Word(string text, int from, char quote, out int next)
    {
        var word = new StringBuilder();
        for (next = from; next < text.Length; next++)
        {
            var c = text[next];
            if (quote != '\0' ? c == quote : char.IsWhiteSpace(c) || c is ';' || (c is '{' && text[next - 1] != '$'))
            {
                next += quote != '\0' ? 1 : 0;
                break;
            }

            if (c == '\\' && next + 1 < text.Length)
            {
                c = text[++next];
            }

            word.Append(c);
        }

        return word.ToString();
    }
}

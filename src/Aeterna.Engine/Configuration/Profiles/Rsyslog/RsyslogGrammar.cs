using System.Text;
using System.Text.RegularExpressions;

namespace Aeterna.Configuration.Profiles.Rsyslog;

/// <summary>
/// Finds the statements of a configuration file, in both of rsyslog's syntaxes (grammar/lexer.l). It only has to know what is there:
/// rsyslogd judges it. Blocks are not kept: an action in a ruleset is a statement like any other.
/// </summary>
internal sealed partial class RsyslogGrammar
{
    private static readonly HashSet<string> _beforeExpressions = ["if", "foreach", "set", "unset", "reset", "call_indirect"];

    private readonly string _file;
    private readonly RsyslogText _lines;
    private readonly string _text;
    private int _at;
    private bool _inExpression;

    private RsyslogGrammar(string file, string text)
    {
        (_file, _lines) = (file, new RsyslogText(text));
        _text = _lines.Text;
    }

    private char Now => _text[_at];

    /// <summary>The statements of a file, in their order.</summary>
    public static IEnumerable<RsyslogStatement> Read(string file, string text) => new RsyslogGrammar(file, text).Statements();

    private IEnumerable<RsyslogStatement> Statements()
    {
        while (SkipBlanks())
        {
            if (_inExpression)
            {
                PassExpression();
            }
            else if (Statement() is { } statement)
            {
                yield return statement;
            }
        }
    }

    private RsyslogStatement? Statement()
    {
        var from = _at;
        if (Now == '$' && Directive().Match(_text, _at) is { Success: true } directive && directive.Index == _at)
        {
            _at += directive.Length;
            return New(from, "$" + directive.Groups["name"].Value) with { Text = directive.Groups["rest"].Value };
        }

        if (IsLineStart() && FilterAt() is { } filter)
        {
            _at += filter.Length;
            return _text[from] == ':' ? null : New(from, RsyslogStatement.Selector);
        }

        if (char.IsAsciiLetterOrDigit(Now) || Now == '_')
        {
            return Word();
        }

        if (Now is '{' or '}' or '&' or '*' or ')' or '"' or '\'')
        {
            _at++;
            return null;
        }

        SkipLine(); // The action of a selector: a file, a host, a program.
        return null;
    }

    private Match? FilterAt()
    {
        var match = (Now == ':' ? PropertyFilter() : PriorityFilter()).Match(_text, _at);
        return match.Success && match.Index == _at ? match : null;
    }

    private RsyslogStatement? Word()
    {
        var from = _at;
        _at += LengthOf(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        var word = _text[from.._at];
        var after = _at + LengthOf(char.IsWhiteSpace);
        if (after < _text.Length && _text[after] == '(' && !_beforeExpressions.Contains(word.ToLowerInvariant()))
        {
            _at = after + 1;
            return New(from, word) with { Parameters = Parameters() };
        }

        _inExpression = _beforeExpressions.Contains(word.ToLowerInvariant());
        _at += _inExpression ? 0 : LengthOf(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '+' or ',' or ';');
        return null;
    }

    /// <summary>Passes one part of an expression, which ends with "then", "do" or a semicolon.</summary>
    private void PassExpression()
    {
        if (Now is '"' or '\'' or '`')
        {
            Quoted();
            return;
        }

        var length = LengthOf(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '!' or '.');
        var word = _text.AsSpan(_at, length);
        _inExpression = !(Now == ';' || word.Equals("then", StringComparison.OrdinalIgnoreCase) || word.Equals("do", StringComparison.OrdinalIgnoreCase));
        _at += Math.Max(1, length);
    }

    private List<RsyslogParameter> Parameters()
    {
        var parameters = new List<RsyslogParameter>();
        while (SkipBlanks() && Now != ')')
        {
            var from = _at;
            var length = LengthOf(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.');
            _at += Math.Max(1, length);
            if (length > 0 && SkipBlanks() && Now == '=')
            {
                _at++;
                parameters.Add(new(_text.Substring(from, length).ToLowerInvariant(), _lines.LineAt(from), Values()));
            }
        }

        _at = Math.Min(_at + 1, _text.Length);
        return parameters;
    }

    private List<string>? Values()
    {
        List<string>? values = [];
        var isList = SkipBlanks() && Now == '[';
        _at += isList ? 1 : 0;
        while (SkipBlanks() && Now is not (')' or ']'))
        {
            if (Now is not ('"' or '\'' or '`'))
            {
                if (!isList)
                {
                    return null; // No value is written so.
                }

                _at++;
                continue;
            }

            var isKnown = Now != '`';
            var value = Quoted();
            values = isKnown ? values : null;
            values?.Add(value);
            if (!isList)
            {
                return values;
            }
        }

        _at += isList && _at < _text.Length && Now == ']' ? 1 : 0;
        return values;
    }

    private string Quoted()
    {
        var quote = _text[_at++];
        var value = new StringBuilder();
        while (_at < _text.Length && Now != quote)
        {
            value.Append(Now == '\\' && _at + 1 < _text.Length ? Escaped() : _text[_at++]);
        }

        _at = Math.Min(_at + 1, _text.Length);
        return value.ToString();
    }

    private char Escaped()
    {
        _at++;
        var digits = Math.Min(3, LengthOf(c => c is >= '0' and <= '7'));
        if (digits > 0)
        {
            _at += digits;
            return (char)Convert.ToInt32(_text.Substring(_at - digits, digits), 8);
        }

        return _text[_at++] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'a' => '\a', 'b' => '\b', 'f' => '\f', 'v' => '\v', var c => c };
    }

    /// <summary>Passes blanks and comments; false at the end of the file.</summary>
    private bool SkipBlanks()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(Now))
            {
                _at++;
            }
            else if (Now == '#')
            {
                SkipLine();
            }
            else if (Now == '/' && _at + 1 < _text.Length && _text[_at + 1] == '*')
            {
                var end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
                _at = end < 0 ? _text.Length : end + 2;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private void SkipLine()
    {
        var end = _text.IndexOf('\n', _at);
        _at = end < 0 ? _text.Length : end;
    }

    private bool IsLineStart()
    {
        var before = _at - 1;
        while (before >= 0 && _text[before] is (' ' or '\t'))
        {
            before--;
        }

        return before < 0 || _text[before] == '\n';
    }

    private int LengthOf(Func<char, bool> belongs)
    {
        var end = _at;
        while (end < _text.Length && belongs(_text[end]))
        {
            end++;
        }

        return end - _at;
    }

    private RsyslogStatement New(int from, string name) => new(_file, _lines.LineAt(from), name.ToLowerInvariant());

    [GeneratedRegex(@"\$(?<name>[a-z]\w*)[ \t]*(?<rest>[^\n]*)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Directive();

    [GeneratedRegex(@"[*a-z]+[0-7]*[.,][,!=;.*a-z0-7]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PriorityFilter();

    [GeneratedRegex(@":\$?[a-z-]+ *, *!?[a-z]+ *, *""(\\""|[^""])*""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PropertyFilter();
}

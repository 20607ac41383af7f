using System.Globalization;

namespace Aeterna.Machine.Plans;

/// <summary>
/// A pattern at the beginning of a line, matched byte by byte: as many of POSIX's extended regular expressions as can be followed so, one
/// after another, without groups and alternatives. Two are equal when their texts are.
/// </summary>
internal sealed class MessageStart : IEquatable<MessageStart>
{
    private const int Most = 63;

    // Bit i: so far it is at the element i; what an element takes, which may be passed over, and which repeat.
    private readonly ulong[] _takes = new ulong[256];
    private readonly string _pattern;
    private ulong _optional;
    private ulong _repeats;
    private int _count;

    private MessageStart(string pattern) => _pattern = pattern;

    /// <summary>Before the first character of a line.</summary>
    public ulong First { get; private set; }

    /// <summary>Makes one of a pattern; null when it cannot be followed.</summary>
    public static MessageStart? Parse(string pattern)
    {
        var start = new MessageStart(pattern);
        if (!pattern.StartsWith('^') || !start.Read(pattern.AsSpan(1)))
        {
            return null;
        }

        start.First = start.Closed(1);
        return start.IsMatch(start.First) ? null : start;
    }

    /// <summary>Takes the next character of a line; 0 = it cannot match any more.</summary>
    public ulong Next(ulong state, byte character)
    {
        var taken = state & _takes[character];
        return Closed(((taken & ~_repeats) << 1) | (taken & _repeats));
    }

    /// <summary>Whether a line has matched.</summary>
    public bool IsMatch(ulong state) => (state >> _count & 1) != 0;

    /// <inheritdoc/>
    public bool Equals(MessageStart? other) => other?._pattern == _pattern;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MessageStart);

    /// <inheritdoc/>
    public override int GetHashCode() => _pattern.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => _pattern;

    private ulong Closed(ulong state)
    {
        for (ulong more; (more = (state & _optional) << 1 & ~state) != 0;)
        {
            state |= more;
        }

        return state;
    }

    private bool Read(ReadOnlySpan<char> rest)
    {
        while (rest.Length > 0)
        {
            var set = new bool[256];
            if (Atom(ref rest, set) && Times(ref rest) is var (least, most) && Add(set, least, most))
            {
                continue;
            }

            return false;
        }

        return _count > 0;
    }

    private bool Add(bool[] set, int least, int most)
    {
        for (var i = 0; i < Math.Max(least, most == int.MaxValue ? least + 1 : most); i++)
        {
            if (_count == Most)
            {
                return false;
            }

            var bit = 1UL << _count++;
            _optional |= i >= least ? bit : 0;
            _repeats |= i >= least && most == int.MaxValue ? bit : 0;
            for (var c = 1; c < 256; c++)
            {
                _takes[c] |= set[c] ? bit : 0; // Never NUL: there the line ends for regexec(3).
            }
        }

        return true;
    }

    private static bool Atom(ref ReadOnlySpan<char> rest, bool[] set)
    {
        var c = rest[0];
        switch (c)
        {
            case '[':
                return Bracket(ref rest, set);
            case '.':
                Array.Fill(set, true);
                break;
            case '\\' when rest.Length > 1 && char.IsAscii(rest[1]) && !char.IsAsciiLetterOrDigit(rest[1]) && rest[1] is not ('<' or '>' or '`' or '\''):
                rest = rest[1..];
                set[rest[0]] = true;
                break;
            case '\\' or '(' or ')' or '|' or '*' or '+' or '?' or '{' or '^' or '$' or > '\x7f':
                return false;
            default:
                set[c] = true;
                break;
        }

        rest = rest[1..];
        return true;
    }

    /// <summary>A bracket expression: characters and ranges; a "]" in front is one of them.</summary>
    private static bool Bracket(ref ReadOnlySpan<char> rest, bool[] set)
    {
        var not = rest.Length > 1 && rest[1] == '^';
        var at = not ? 2 : 1;
        for (var first = true; at < rest.Length && (first || rest[at] != ']'); first = false)
        {
            if (Class(rest[at..], set) is > 0 and var length)
            {
                at += length;
                continue;
            }

            var isRange = at + 2 < rest.Length && rest[at + 1] == '-' && rest[at + 2] != ']';
            var (from, to) = (rest[at], rest[isRange ? at + 2 : at]);
            if (from > 127 || to > 127 || from > to || from == '[' && at + 1 < rest.Length && rest[at + 1] is '.' or '=' or ':')
            {
                return false;
            }

            set.AsSpan(from, to - from + 1).Fill(true);
            at += isRange ? 3 : 1;
        }

        if (at >= rest.Length)
        {
            return false;
        }

        for (var c = 0; not && c < 256; c++)
        {
            set[c] = !set[c];
        }

        rest = rest[(at + 1)..];
        return true;
    }

    private static int Class(ReadOnlySpan<char> rest, bool[] set)
    {
        (string Name, Func<char, bool> Has)[] known =
        [
            ("[:digit:]", char.IsAsciiDigit), ("[:alpha:]", char.IsAsciiLetter), ("[:alnum:]", char.IsAsciiLetterOrDigit),
            ("[:upper:]", char.IsAsciiLetterUpper), ("[:lower:]", char.IsAsciiLetterLower), ("[:xdigit:]", char.IsAsciiHexDigit),
            ("[:space:]", c => c is ' ' or (>= '\t' and <= '\r')),
        ];
        foreach (var (name, has) in known)
        {
            if (rest.StartsWith(name))
            {
                for (var c = '\0'; c < 128; c++)
                {
                    set[c] |= has(c);
                }

                return name.Length;
            }
        }

        return 0;
    }

    private static (int Least, int Most)? Times(ref ReadOnlySpan<char> rest)
    {
        (int, int)? times = rest is [var c, ..] ? c switch { '*' => (0, int.MaxValue), '+' => (1, int.MaxValue), '?' => (0, 1), '{' => null, _ => (1, 1) } : (1, 1);
        if (times is null)
        {
            var end = rest.IndexOf('}');
            var inside = end < 0 ? "" : rest[1..end].ToString();
            var parts = inside.Split(',');
            if (parts.Length > 2 || !Number(parts[0], out var least))
            {
                return null;
            }

            var most = least;
            if (parts.Length == 2 && parts[1].Length == 0)
            {
                most = int.MaxValue;
            }
            else if (parts.Length == 2 && (!Number(parts[1], out most) || most < least))
            {
                return null;
            }

            times = (least, most);
            rest = rest[(end + 1)..];
        }
        else if (times != (1, 1))
        {
            rest = rest[1..];
        }

        return rest is ['*' or '+' or '?' or '{', ..] ? null : times;
    }

    private static bool Number(string digits, out int number) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= Most;
}

using System.Globalization;
using System.Text;

namespace Aeterna.Tests.Support;

/// <summary>
/// What a terminal shows after all that was written to it: characters, line feeds, and the few escape sequences that the program and its library use. Lines
/// are never scrolled out, so that everything can be looked at.
/// </summary>
internal sealed class TerminalModel(int columns)
{
    private readonly List<StringBuilder> _lines = [new()];
    private int _row;
    private int _column;

    /// <summary>All lines without the blanks at their ends, each with a line feed; empty ones at the end are left out.</summary>
    public string Text => string.Concat(_lines.Select(line => line.ToString().TrimEnd() + "\n")).TrimEnd('\n') + "\n";

    /// <exception cref="NotSupportedException">A sequence that moves the cursor, and that nobody has used before.</exception>
    public void Write(string drawn)
    {
        for (var at = 0; at < drawn.Length; at++)
        {
            switch (drawn[at])
            {
                case '\r':
                    _column = 0;
                    break;
                case '\n':
                    Down();
                    break;
                case '\x1b':
                    at = Escape(drawn, at + 1);
                    break;
                default:
                    Put(drawn[at]);
                    break;
            }
        }
    }

    private void Put(char character)
    {
        // A line that is full goes on in the next one with the next character, and not before.
        if (_column == columns)
        {
            _column = 0;
            Down();
        }

        var line = _lines[_row];
        line.Append(' ', Math.Max(0, _column + 1 - line.Length));
        line[_column++] = character;
    }

    private void Down()
    {
        if (++_row == _lines.Count)
        {
            _lines.Add(new());
        }
    }

    // Gives the place of the sequence's last character.
    private int Escape(string drawn, int at)
    {
        if (drawn[at] != '[')
        {
            return at;
        }

        var end = at + 1;
        while (!char.IsAsciiLetter(drawn[end]))
        {
            end++;
        }

        var count = int.TryParse(drawn[(at + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 1;
        switch (drawn[end])
        {
            case 'A':
                _row = Math.Max(0, _row - count);
                break;
            case 'K':
                _lines[_row].Length = given == 2 ? 0 : Math.Min(_lines[_row].Length, _column);
                break;
            case 'm' or 'h' or 'l':
                break;
            default:
                throw new NotSupportedException($"this terminal does not know ESC{drawn[at..(end + 1)]}");
        }

        return end;
    }
}

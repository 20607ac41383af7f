using System.Text;

namespace Aeterna.Configuration.Profiles.Rsyslog;

/// <summary>
/// A configuration file as rsyslogd's grammar sees it: a line that ends in a backslash goes on in the next one, comments or not; blanks at
/// the ends of lines are gone (grammar/rainerscript.c, readConfFile).
/// </summary>
internal sealed class RsyslogText
{
    private readonly StringBuilder _joined;
    private readonly List<(int At, int Line)> _lines = [];

    public RsyslogText(string text)
    {
        _joined = new StringBuilder(text.Length + 1);
        var (goesOn, number) = (false, 0);
        foreach (var line in text.Split('\n'))
        {
            number++;
            var kept = (goesOn ? line.Trim() : line.TrimEnd()).Replace('\0', ' ');
            goesOn = kept.EndsWith('\\');
            _lines.Add((_joined.Length, number));
            _joined.Append(goesOn ? kept.AsSpan(0, kept.Length - 1) : kept);
            _joined.Append(goesOn ? "" : "\n");
        }

        Text = _joined.ToString();
    }

    /// <summary>The lines, joined.</summary>
    public string Text { get; }

    /// <summary>The line of the file, from 1, that a place of <see cref="Text"/> comes from.</summary>
    public int LineAt(int place) => _lines.FindLast(line => line.At <= place).Line;
}

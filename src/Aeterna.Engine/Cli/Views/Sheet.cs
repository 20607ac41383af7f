using Aeterna.Contract;

using Spectre.Console;
using Spectre.Console.Rendering;

namespace Aeterna.Cli.Views;

/// <summary>
/// A table for a screen that may be narrow: no cell is ever wrapped. What there is no room for is cut, put on a line of its own, or left out, as its
/// column says.
/// </summary>
/// <param name="columns">From left to right.</param>
internal sealed class Sheet(params SheetColumn[] columns) : Renderable
{
    private const int Gap = 2;
    private const string Indent = "    ";

    private static readonly Style _dim = new(decoration: Decoration.Dim);

    private readonly List<SheetCell[]> _rows = [];

    /// <summary>Adds a row: a cell for each column.</summary>
    public void Add(params SheetCell[] cells) => _rows.Add(cells);

    /// <inheritdoc/>
    protected override Measurement Measure(RenderOptions options, int maxWidth) => new(Math.Min(1, maxWidth), maxWidth);

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var (widths, below) = Arrange(maxWidth);
        var shown = Enumerable.Range(0, columns.Length).Where(i => widths[i] > 0).ToArray();
        if (columns.Any(c => c.Heading.Length > 0))
        {
            foreach (var segment in Line(shown, widths, i => new SheetCell(columns[i].Heading, _dim)))
            {
                yield return segment;
            }
        }

        foreach (var row in _rows)
        {
            foreach (var segment in Line(shown, widths, i => row[i]))
            {
                yield return segment;
            }

            foreach (var i in below.Where(i => row[i].Text.Length > 0))
            {
                var text = columns[i].BelowAs + row[i].Text;
                yield return new Segment(Indent + Cut(text, Math.Max(1, maxWidth - Indent.Length)), row[i].Style ?? Style.Plain);
                yield return Segment.LineBreak;
            }
        }
    }

    /// <summary>The width of each column, 0 for one that is not shown in the row; and those that are put below it, the last ones first.</summary>
    private (int[] Widths, List<int> Below) Arrange(int room)
    {
        var natural = columns.Select((c, i) => _rows.Select(r => Width(r[i].Text)).Append(Width(c.Heading)).Max()).ToArray();
        var widths = columns.Select((c, i) => c.AtLeast is { } least ? Math.Min(natural[i], least) : natural[i]).ToArray();
        List<int> below = [];
        foreach (var goes in Enumerable.Range(0, columns.Length).Reverse().Where(i => columns[i].MayGoBelow))
        {
            if (Sum(widths) > room)
            {
                below.Add(goes);
                widths[goes] = 0;
            }
        }

        while (Sum(widths) > room && Next(widths) is { } out_)
        {
            widths[out_] = 0;
        }

        // What is left over goes to those that were cut.
        for (var i = 0; i < widths.Length; i++)
        {
            widths[i] += widths[i] > 0 ? Math.Clamp(room - Sum(widths), 0, natural[i] - widths[i]) : 0;
        }

        return (widths, below);
    }

    /// <summary>The column that is left out next: the least important that is still there.</summary>
    private int? Next(int[] widths)
    {
        var candidates = Enumerable.Range(0, columns.Length).Where(i => widths[i] > 0 && columns[i].LeftOut > 0).ToArray();
        return candidates.Length == 0 ? null : candidates.MaxBy(i => columns[i].LeftOut);
    }

    private static int Sum(int[] widths) => widths.Sum() + (Gap * Math.Max(0, widths.Count(w => w > 0) - 1));

    private static IEnumerable<Segment> Line(int[] shown, int[] widths, Func<int, SheetCell> cell)
    {
        foreach (var i in shown)
        {
            var (text, style) = cell(i);
            var cut = Cut(text, widths[i]);
            yield return new Segment(cut, style ?? Style.Plain);
            if (i != shown[^1])
            {
                yield return new Segment(new string(' ', widths[i] - Width(cut) + Gap));
            }
        }

        yield return Segment.LineBreak;
    }

    private static string Cut(string text, int width)
    {
        if (Width(text) <= width)
        {
            return text;
        }

        var kept = text;
        while (kept.Length > 0 && Width(kept) > width - 1)
        {
            kept = kept[..^1];
        }

        return kept.TrimEnd() + "…";
    }

    // In columns of the screen: some characters take two.
    private static int Width(string text) => Segment.CellCount([new Segment(text)]);
}

/// <summary>A column of a <see cref="Sheet"/>.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="LeftOut">0: it always stays; otherwise the higher, the earlier it is left out.</param>
/// <param name="AtLeast">It may be cut to this width; null: it is never cut.</param>
/// <param name="MayGoBelow">Without room for <paramref name="AtLeast"/> it gets a line of its own below each row.</param>
/// <param name="BelowAs">What it begins with there.</param>
internal sealed record SheetColumn(string Heading, int LeftOut = 0, int? AtLeast = null, bool MayGoBelow = false, string BelowAs = "");

/// <summary>A cell of a <see cref="Sheet"/>: text from elsewhere, of which neither markup nor control characters count.</summary>
internal readonly record struct SheetCell(string Text, Style? Style = null)
{
    /// <summary>The text, cleaned.</summary>
    public string Text { get; } = OneLine.Clean(Text ?? "");

    public static implicit operator SheetCell(string? text) => new(text ?? "");
}

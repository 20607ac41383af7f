using Aeterna.Cli.Views;
using Aeterna.Contract;
using Aeterna.Tests.Support;

using Spectre.Console;
using Spectre.Console.Rendering;

using Xunit;

namespace Aeterna.Tests.Cli;

/// <summary>Tables on screens of any width: no line is longer than the screen, and no cell is wrapped.</summary>
public class SheetTests
{
    private static readonly ReloadRecord[] _records =
    [
        Samples.Record("20261129T143607.492Z-3439") with
        {
            RequestedBy = "uid 0 (root) pid 29855", OldPid = 29831, NewPid = 29869,
            Message = "generation 2 (pid 29869) serves in place of generation 1 (pid 29831), and this goes on so that no screen has room for it",
        },
        Samples.Record("20261129T143605.773Z-b3f7", verdict: null) with { RequestedBy = "engine", Message = null, Reason = "日本語" },
    ];

    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(120)]
    [InlineData(170)]
    public void A_history_has_a_line_for_a_record_and_at_most_one_for_each_long_text(int width)
    {
        var lines = Draw(HistoryView.Render(_records), width);
        Assert.InRange(lines.Length, 3, 6);
        Assert.StartsWith("ID ", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, l => l.StartsWith("20261129T143607.492Z-3439", StringComparison.Ordinal));
        if (width >= 80)
        {
            Assert.All(lines, l => Assert.InRange(Segment.CellCount([new Segment(l)]), 0, width));
            Assert.Contains("VERDICT", lines[0], StringComparison.Ordinal);
            Assert.Contains(lines, l => l.Contains("succeeded", StringComparison.Ordinal));
            Assert.Contains(lines, l => l.Contains("generation 2 (pid 29869) serves", StringComparison.Ordinal));
            Assert.Contains(lines, l => l.Contains("日本語", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void A_status_fits(int width)
    {
        var status = Samples.Status() with
        {
            Listeners =
            [
                new() { Name = "unixgram:///var/lib/haproxy/dev/log", Address = "unixgram:///var/lib/haproxy/dev/log", Handoff = "relay", State = "bound", Generations = [1, 2] },
                new() { Name = "tcp://[::]:514", Address = "tcp://[::]:514", Handoff = "relay", State = "listening", Generations = [1, 2] },
            ],
        };
        var lines = Draw(StatusView.Render(status, Samples.Noon), width);
        Assert.All(lines, l => Assert.InRange(l.Length, 0, width));
        Assert.Contains(lines, l => l.Contains("listening", StringComparison.Ordinal) && l.Contains("tcp://[::]:514", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("HANDOFF", StringComparison.Ordinal) && l.Contains("STATE", StringComparison.Ordinal));
    }

    [Fact]
    public void What_has_no_room_is_cut_put_below_or_left_out_in_this_order()
    {
        var sheet = new Sheet(new("NAME"), new("LESS", LeftOut: 1), new("WHY", AtLeast: 8, MayGoBelow: true));
        sheet.Add("one", "two", "a long reason");
        Assert.Equal(["NAME  LESS  WHY", "one   two   a long reason"], Draw(sheet, 25));
        Assert.Equal(["NAME  LESS  WHY", "one   two   a long…"], Draw(sheet, 20));
        Assert.Equal(["NAME  LESS", "one   two", "    a long reas…"], Draw(sheet, 16));
        Assert.Equal(["NAME", "one", "    a l…"], Draw(sheet, 8));
    }

    [Fact]
    public void Several_may_go_below_the_last_one_first()
    {
        var sheet = new Sheet(new("NAME"), new("REASON", AtLeast: 6, MayGoBelow: true, BelowAs: "reason: "), new("WHY", AtLeast: 8, MayGoBelow: true));
        sheet.Add("one", "short", "a long text");
        sheet.Add("two", "", "");
        Assert.Equal(["NAME  REASON  WHY", "one   short   a long text", "two"], Draw(sheet, 25).Select(l => l.TrimEnd()));
        Assert.Equal(["NAME  REASON", "one   short", "    a long text", "two"], Draw(sheet, 16).Select(l => l.TrimEnd()));
        Assert.Equal(["NAME", "one", "    a lo…", "    reas…", "two"], Draw(sheet, 9).Select(l => l.TrimEnd()));
    }

    private static string[] Draw(IRenderable view, int width)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = width;
        console.Write(view);
        return text.ToString().TrimEnd('\n').Split('\n');
    }
}

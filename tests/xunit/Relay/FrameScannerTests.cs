using System.Text;


using Aeterna.Machine.Plans;
using Aeterna.Relay.Frames;
using FsCheck;
using FsCheck.Fluent;

using Xunit;

namespace Aeterna.Tests.Relay;

public class FrameScannerTests
{
    /// <summary>Pieces of streams, good and bad, that are put together at random.</summary>
    private static readonly string[] _pieces =
    [
        "<13>line\n", "\n", "5 hello", "5 he\nlo", "12 <13>counted\n", "0 zero\n", "007 seven77", "300000 too large\n", "99999999999 huge\n",
        " <13>space before\n", "3x abc", "1 \n", "x", "7", " ", "\0", "\0\0\0\u0003abc", "9\n",
    ];

    [Theory]
    [InlineData("<13>a\n<13>b\n", 12)]
    [InlineData("<13>a\n<13>b", 6)]
    [InlineData("5 hello5 wor", 7)]
    [InlineData("5 he\nlo<13>a\nrest", 13)]
    [InlineData("0 rest of it\n", 13)]
    [InlineData("300000 rest of it\n", 18)]
    [InlineData("3xabc", 5)]
    [InlineData("<13>a\n 3 abc", 6)]
    [InlineData("<13>a\n 404 not found\n<13>b\n", 27)]
    [InlineData("9\nabc\n", 0)]
    public void Syslog_frames_end_where_imtcp_ends_them(string stream, int end) => Assert.Equal(end, Cut(FrameRules.Default, stream).Place);

    [Theory]
    [InlineData("line", "5 hello\nx", 8)]
    [InlineData("nul", "a\nb\0c", 4)]
    [InlineData("u32be", "\0\0\0\u0002ab\0\0\0\0\0\0", 10)]
    [InlineData("none", "a\nb\0", 0)]
    public void The_other_framings(string framing, string stream, int end) => Assert.Equal(end, Cut(FrameRules.Of(RelayRig.Cutting(framing)), stream).Place);

    [Theory]
    [InlineData("5 a\nb", 4, "octets")]
    [InlineData("a\n  \n", 5, "blanks")]
    [InlineData("a\n  b", 4, "blanks")]
    [InlineData("a\n 3 abcd", 8, "blanks")]
    [InlineData("a\0b\nc;d", 6, "semicolon")]
    [InlineData("a;b", 2, "semicolon")]
    [InlineData("a\nb;", 4, "noLf")]
    [InlineData("60 a\nb", 5, "count")]
    [InlineData("50 a\nb", 0, "count")]
    [InlineData("3 a\nbc", 5, "three")]
    [InlineData("4 a\nbc", 4, "three")]
    [InlineData("2000000001 a\nb", 13, "most")]
    [InlineData("200000000 a\nb", 0, "most")]
    public void The_options_of_rsyslog(string stream, int end, string option)
    {
        var rules = option switch
        {
            "octets" => new SyslogRules { OctetCounted = false },
            "blanks" => new SyslogRules { SkipsBlanks = true },
            "semicolon" => new SyslogRules { Delimiter = ';' },
            "noLf" => new SyslogRules { Delimiter = ';', EndsAtLf = false },
            "three" => new SyslogRules { LargestCount = 3 },
            "most" => new SyslogRules { LargestCount = 200_000_000 },
            _ => new SyslogRules { LargestCount = 50 },
        };
        Assert.Equal(end, Cut(new FrameRules(Framing.Syslog, rules), stream).Place);
    }

    [Theory]
    [InlineData("01234567", 0, "Whole 0")] // A count.
    [InlineData("abcdefghi", 9, "Rest 0")]
    [InlineData("abcdefghij\n", 11, "Whole 0")]
    [InlineData("20 abcdefghi", 12, "Rest 11")]
    [InlineData("21 abcdefghi", 10, "Rest 0")] // Too large a count: its digits are of the line.
    [InlineData("9 abcdefghi", 11, "Whole 0")]
    public void A_message_that_is_too_long_for_imtcp_may_be_left_where_imtcp_divides_it(string stream, int place, string rest)
    {
        var cut = Cut(new FrameRules(Framing.Syslog, new SyslogRules { LargestMessage = 8, LargestCount = 20, Oversize = Oversize.Split }), stream);
        Assert.Equal((place, rest), (cut.Place, $"{cut.Left.Kind} {cut.Left.Count}"));
    }

    [Theory]
    [InlineData("20 abcdefghi", 12, "Dropped 11")]
    [InlineData("20 abcdefghijk", 14, "Dropped 9")]
    [InlineData("abcdefghij", 10, "Dropped 0")]
    public void What_is_dropped_of_a_message_that_is_too_long_may_be_left_at_any_place(string stream, int place, string rest)
    {
        var rules = new FrameRules(Framing.Syslog, new SyslogRules { LargestMessage = 8, Oversize = Oversize.Cut });
        var cut = Cut(rules, stream);
        Assert.Equal((place, rest), (cut.Place, $"{cut.Left.Kind} {cut.Left.Count}"));
    }

    /// <summary>The first line of a message is matched from its second character on, and would begin a message within itself.</summary>
    [Theory]
    [InlineData("x\nab", false)]
    [InlineData("x\naa", true)]
    public void A_line_that_fits_the_pattern_twice_cannot_be_followed(string stream, bool isLost)
    {
        var scanner = new FrameScanner(new FrameRules(
            Framing.Syslog, new SyslogRules { Oversize = Oversize.Open, LargestMessage = 8096, Start = MessageStart.Parse("^a") }));
        scanner.Take(Encoding.ASCII.GetBytes(stream), isRead: true);
        Assert.Equal((2L, isLost), (scanner.Cut, scanner.IsLost));
    }

    /// <summary>rsyslogd would look in front of its buffer for the beginning of the line.</summary>
    [Theory]
    [InlineData("bbbbbbbb", false)]
    [InlineData("bbbbbbb\n", true)]
    public void A_line_that_ends_just_where_a_message_is_given_up_cannot_be_followed(string stream, bool isLost)
    {
        var scanner = new FrameScanner(new FrameRules(
            Framing.Syslog, new SyslogRules { Oversize = Oversize.Open, LargestMessage = 4, Start = MessageStart.Parse("^a") }));
        scanner.Take(Encoding.ASCII.GetBytes(stream), isRead: true);
        Assert.Equal((8L, isLost), (scanner.Cut, scanner.IsLost));
    }

    [Fact]
    public void A_frame_of_no_bytes_ends_with_its_length()
    {
        var scanner = new FrameScanner(FrameRules.U32Be);
        scanner.Take([0, 0, 0, 0], isRead: true);
        Assert.Equal((1L, 4L), (scanner.Frames, scanner.Cut));
    }

    [Fact]
    public void What_goes_on_within_such_a_rest_knows_where_it_ends()
    {
        var scanner = new FrameScanner(new FrameRules(Framing.Syslog, new SyslogRules { LargestMessage = 8, Oversize = Oversize.Cut }));
        scanner.Take("20 abcdefghi"u8, isRead: true);
        var next = scanner.FromCut();
        next.Take("jklmnopqrst<13>b\n"u8, isRead: true);
        Assert.Equal((2L, 29L), (next.Frames, next.Cut));
    }

    [Fact]
    public void A_message_that_the_program_takes_as_it_comes_is_open_until_its_end_and_not_longer()
    {
        var scanner = new FrameScanner(new FrameRules(Framing.Syslog, new SyslogRules { LargestMessage = 8, Oversize = Oversize.Open }));
        scanner.Take("short"u8, isRead: true);
        Assert.False(scanner.IsOpen);
        scanner.Take(" no more"u8, isRead: true);
        Assert.True(scanner.IsOpen);
        scanner.Take(" and its end\nshort"u8, isRead: true);
        Assert.Equal((false, 26L), (scanner.IsOpen, scanner.Cut));
    }

    /// <summary>With <c>multiLine="on"</c> a message goes on over a line's end unless "&lt;" comes next, which the program knows only if it reads more at once.</summary>
    [Theory]
    [InlineData(true, 1, 7)]
    [InlineData(false, 0, 0)]
    public void At_the_end_of_a_line_a_message_ends_if_the_program_reads_no_further(bool isRead, long frames, long cut)
    {
        var scanner = new FrameScanner(new FrameRules(Framing.Syslog, new SyslogRules { IsMultiLine = true }));
        scanner.Take("<13>ab\n"u8, isRead);
        Assert.Equal((frames, cut, isRead), (scanner.Frames, scanner.Cut, scanner.IsSoft));
        scanner.Take("cd\n<13>e"u8, isRead: true);
        Assert.Equal((frames + 1, 10L, false), (scanner.Frames, scanner.Cut, scanner.IsSoft));
    }

    [Fact]
    public void Any_split_gives_the_boundaries_of_the_whole()
    {
        var streams = ArbMap.Default.ArbFor<int[]>().Generator.Select(picks => string.Concat(picks.Select(p => _pieces[(p & int.MaxValue) % _pieces.Length])));
        var cuts = ArbMap.Default.ArbFor<int[]>().Generator;
        var framings = Gen.Elements(FrameRules.Default, FrameRules.Line, FrameRules.Nul, FrameRules.U32Be);
        var cases = from stream in streams from cut in cuts from framing in framings select (stream, cut, framing);
        Prop.ForAll(cases.ToArbitrary(), c => Assert.Equal(Boundaries(c.framing, c.stream, []), Boundaries(c.framing, c.stream, c.cut), StringComparer.Ordinal))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Advancing_takes_no_memory()
    {
        var stream = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("<13>line\n12 <13>counted\n", 1000)));
        var scanner = new FrameScanner(FrameRules.Default);
        scanner.Take(stream, isRead: true);
        var before = GC.GetAllocatedBytesForCurrentThread();
        scanner.Take(stream, isRead: true);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static (int Place, Rest Left) Cut(FrameRules rules, string stream)
    {
        var scanner = new FrameScanner(rules);
        scanner.Take(Encoding.Latin1.GetBytes(stream), isRead: true);
        return ((int)scanner.Cut, scanner.Rest);
    }

    /// <summary>The last boundary seen after each piece, as positions in the stream; without cuts, byte by byte.</summary>
    private static string Boundaries(FrameRules framing, string text, int[] cuts)
    {
        var stream = Encoding.Latin1.GetBytes(text);
        var scanner = new FrameScanner(framing);
        for (var i = 0; scanner.At < stream.Length; i++)
        {
            var left = stream.Length - (int)scanner.At;
            var length = cuts.Length == 0 ? 1 : Math.Min(left, 1 + ((cuts[i % cuts.Length] & int.MaxValue) % 40));
            scanner.Take(stream.AsSpan((int)scanner.At, length), isRead: true);
        }

        return $"{scanner.Cut} {scanner.AtCut} {scanner.Frames}";
    }
}

using System.Text;

using Aeterna.Relay;

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
    [InlineData("<13>a\n 3 abc", 12)]
    [InlineData("<13>a\n  ", 8)]
    public void Syslog_frames_end_where_imtcp_ends_them(string stream, int end) => Assert.Equal(end, Scan(Framing.Syslog, stream));

    [Theory]
    [InlineData(nameof(Framing.Line), "5 hello\nx", 8)]
    [InlineData(nameof(Framing.Nul), "a\nb\0c", 4)]
    [InlineData(nameof(Framing.U32Be), "\0\0\0\u0002ab\0\0\0\0\0\0", 10)]
    [InlineData(nameof(Framing.None), "a\nb\0", 0)]
    public void The_other_framings(string framing, string stream, int end) => Assert.Equal(end, Scan(Enum.Parse<Framing>(framing), stream));

    [Fact]
    public void Any_split_gives_the_boundaries_of_the_whole()
    {
        var streams = ArbMap.Default.ArbFor<int[]>().Generator.Select(picks => string.Concat(picks.Select(p => _pieces[(p & int.MaxValue) % _pieces.Length])));
        var cuts = ArbMap.Default.ArbFor<int[]>().Generator;
        var framings = Gen.Elements(Framing.Syslog, Framing.Line, Framing.Nul, Framing.U32Be);
        var cases = from stream in streams from cut in cuts from framing in framings select (stream, cut, framing);
        Prop.ForAll(cases.ToArbitrary(), c => Assert.Equal(Boundaries(c.framing, c.stream, []), Boundaries(c.framing, c.stream, c.cut), StringComparer.Ordinal))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Advancing_takes_no_memory()
    {
        var stream = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("<13>line\n12 <13>counted\n", 1000)));
        var scanner = new FrameScanner(Framing.Syslog);
        scanner.Advance(stream);
        var before = GC.GetAllocatedBytesForCurrentThread();
        scanner.Advance(stream);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static int Scan(Framing framing, string stream) => new FrameScanner(framing).Advance(Encoding.Latin1.GetBytes(stream));

    /// <summary>The last boundary seen after each piece, as positions in the stream; without cuts, byte by byte.</summary>
    private static string Boundaries(Framing framing, string text, int[] cuts)
    {
        var stream = Encoding.Latin1.GetBytes(text);
        var scanner = new FrameScanner(framing);
        var (at, last) = (0, 0);
        for (var i = 0; at < stream.Length; i++)
        {
            var length = cuts.Length == 0 ? 1 : Math.Min(stream.Length - at, 1 + ((cuts[i % cuts.Length] & int.MaxValue) % 40));
            var end = scanner.Advance(stream.AsSpan(at, length));
            last = end > 0 ? at + end : last;
            at += length;
        }

        return $"{last} {scanner.AtBoundary}";
    }
}

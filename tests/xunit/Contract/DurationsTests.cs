using Aeterna.Contract;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Aeterna.Tests.Contract;

public class DurationsTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("48h20m", 174_000_000)]
    [InlineData("1h1m1s1ms", 3_661_001)]
    [InlineData("0s", 0)]
    [InlineData("0ms", 0)]
    [InlineData("90m", 5_400_000)]
    [InlineData("007s", 7_000)]
    public void Reads(string text, double milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var value));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("0")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("+5s")]
    [InlineData("1.5s")]
    [InlineData("1 s")]
    [InlineData(" 1s")]
    [InlineData("1s ")]
    [InlineData("1s\n")]
    [InlineData("1S")]
    [InlineData("1d")]
    [InlineData("1us")]
    [InlineData("30s1m")]
    [InlineData("1s1s")]
    [InlineData("1sm")]
    [InlineData("1s1")]
    [InlineData("１s")]
    [InlineData("99999999999999999999s")]
    [InlineData("9223372036854775807h")]
    [InlineData("256204778h49m")]
    public void Refuses(string? text)
    {
        Assert.False(Durations.TryParse(text, out var value));
        Assert.Equal(TimeSpan.Zero, value);
    }

    [Theory]
    [InlineData(0, "0s", "0s")]
    [InlineData(350, "350ms", "350ms")]
    [InlineData(12_345, "12s345ms", "12s")]
    [InlineData(90_000, "1m30s", "1m30s")]
    [InlineData(174_000_000, "48h20m", "48h20m")]
    [InlineData(174_013_250, "48h20m13s250ms", "48h20m")]
    [InlineData(3_605_000, "1h5s", "1h")]
    [InlineData(-1_500, "-1s500ms", "-1s")]
    public void Writes(double milliseconds, string full, string brief)
    {
        Assert.Equal(full, Durations.Format(TimeSpan.FromMilliseconds(milliseconds)));
        Assert.Equal(brief, Durations.FormatBrief(TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public void The_ends_of_the_range_are_written()
    {
        Assert.StartsWith("256204778h", Durations.Format(TimeSpan.MaxValue), StringComparison.Ordinal);
        Assert.StartsWith("-256204778h", Durations.Format(TimeSpan.MinValue), StringComparison.Ordinal);
        Assert.Equal("0s", Durations.Format(TimeSpan.FromTicks(9_999)));
    }

    [Fact]
    public void Reads_back_what_it_writes() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<long>(), ticks =>
        {
            var whole = TimeSpan.FromMilliseconds(Math.Abs(ticks % 1_000_000_000_000));
            return Durations.TryParse(Durations.Format(whole), out var read) && read == whole;
        }));
}

using System.Diagnostics;
using Aeterna.Keeper;
using Xunit;

namespace Aeterna.Tests.Keeper;

/// <summary>When an engine dies again and again.</summary>
public class SteadinessTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(false, 5)]
    [InlineData(false, 5, 6)]
    [InlineData(true, 5, 6, 65)]
    [InlineData(false, 5, 6, 66)]
    [InlineData(false, 5, 60, 66, 121)]
    [InlineData(true, 5, 60, 66, 120)]
    [InlineData(true, 5, 6, 7, 1000)]
    public void Three_deaths_within_a_minute_are_too_many(bool isLost, params int[] seconds)
    {
        var steadiness = seconds.Aggregate(Steadiness.Good, (before, at) => before.After(at * Stopwatch.Frequency));
        Assert.Equal((isLost, isLost), (steadiness.IsLost, steadiness.WhyNot is not null));
        Assert.InRange(steadiness.Last.Count, 0, 3);
    }
}

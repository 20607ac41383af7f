using Aeterna.Broker;

using Xunit;

namespace Aeterna.Tests.Broker;

public class LegNumbersTests
{
    private readonly LegNumbers _numbers = new(lowest: 256, limit: 1024);

    [Fact]
    public void They_go_from_the_top_down_and_freed_ones_come_first()
    {
        Assert.Equal([1023, 1022, 1021], Take(3));
        _numbers.Free(1022);
        _numbers.Free(1023);
        Assert.Equal([1023, 1022, 1020], Take(3));
    }

    [Fact]
    public void One_that_the_program_has_itself_is_passed_over()
    {
        Assert.Equal(1020, _numbers.Take(number => number > 1020));
        Assert.Equal(1019, _numbers.Take(_ => false));
    }

    [Fact]
    public void None_is_below_the_lowest()
    {
        Assert.Equal(1024 - 256, Take(1024 - 256).Distinct().Count());
        Assert.Null(_numbers.Take(_ => false));
        _numbers.Free(300);
        Assert.Equal(300, _numbers.Take(_ => false));
    }

    [Fact]
    public void Where_the_limit_is_high_those_that_select_can_watch_come_first()
    {
        var numbers = new LegNumbers(lowest: 256, limit: 2048);
        int?[] all = [.. Enumerable.Range(0, 2048 - 256).Select(_ => numbers.Take(_ => false))];
        Assert.Equal([1023, 1022, 1021], all[..3]);
        Assert.Equal([257, 256, 1024, 1025], all[766..770]);
        Assert.Equal(2047, all[^1]);
        Assert.Null(numbers.Take(_ => false));
        foreach (var number in new[] { 1500, 1100, 300, 900 })
        {
            numbers.Free(number);
        }

        Assert.Equal([900, 300, 1100, 1500], Enumerable.Range(0, 4).Select(_ => numbers.Take(_ => false)));
    }

    [Fact]
    public void A_limit_below_the_lowest_leaves_none() => Assert.Null(new LegNumbers(lowest: 256, limit: 200).Take(_ => false));

    [Fact]
    public void A_limit_that_was_raised_counts_when_the_others_are_used_up()
    {
        var limit = 258;
        var numbers = new LegNumbers(lowest: 256, limit, () => limit);
        int?[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => numbers.Take(_ => false))];
        Assert.Equal([257, 256, null], Take(3));
        limit = 260;
        Assert.Equal([259, 258, null], Take(3));
        limit = 1026;
        Assert.Equal([1023, 1022], Take(2));
        Assert.Equal([.. Enumerable.Range(260, 762).Reverse().Select(n => (int?)n), 1024, 1025, null], Take(765));
    }

    private IEnumerable<int?> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => _numbers.Take(_ => false))];
}

using Aeterna.Health;
using Aeterna.Listeners.Traffic;
using Xunit;

namespace Aeterna.Tests.Health;

public class ConnectionsJudgeTests
{
    private static readonly ConnectionCounts _content = new(0, 0, 0, 1000, 0);

    [Fact]
    public void Who_keeps_its_clients_is_good() => Assert.Null(ConnectionsJudge.Fault(new(0, 100, 0, 100, 0), _content));

    [Fact]
    public void Who_has_no_clients_is_good() => Assert.Null(ConnectionsJudge.Fault(default, default));

    [Theory]
    [InlineData(100, 100)]
    [InlineData(100, 50)]
    [InlineData(1, 1)]
    public void Clients_that_the_one_before_had_kept_may_not_be_turned_away(int moved, int away) =>
        Assert.Equal($"it has closed {away} of the {moved} connections that the one before had open", ConnectionsJudge.Fault(new(0, moved, away, 0, 0), _content));

    /// <summary>Who refuses may do so one after the other, and take its time.</summary>
    [Theory]
    [InlineData(5000, 10, true)]
    [InlineData(5000, 9, false)]
    [InlineData(1, 2, true)]
    [InlineData(3, 2, false)]
    public void Of_many_that_wait_some_are_enough(int waiting, int away, bool isBad) =>
        Assert.Equal(isBad, ConnectionsJudge.Fault(new(waiting, away, away, 0, 0), _content) is not null);

    /// <summary>Somebody may have been taken off the list.</summary>
    [Fact]
    public void A_few_of_them_may_be() => Assert.Null(ConnectionsJudge.Fault(new(0, 100, 49, 0, 0), _content));

    [Fact]
    public void New_clients_may_be_turned_away_as_they_were_before()
    {
        Assert.Equal("it has closed 30 of 30 new connections at once; the one before had done that to 0 of 1000", ConnectionsJudge.Fault(new(0, 0, 0, 30, 30), _content));
        Assert.Null(ConnectionsJudge.Fault(new(0, 10, 0, 30, 30), new(0, 0, 0, 1000, 900)));
        Assert.Null(ConnectionsJudge.Fault(new(0, 10, 0, 30, 14), _content));
    }

    [Fact]
    public void Of_few_connections_nothing_can_be_said()
    {
        Assert.Null(ConnectionsJudge.Fault(new(0, 0, 0, 2, 2), _content));
        Assert.Null(ConnectionsJudge.Fault(new(0, 0, 0, 30, 30), new(0, 0, 0, 2, 0)));
    }
}

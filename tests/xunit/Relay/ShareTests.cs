using Aeterna.Machine;

using Xunit;

using Share = Aeterna.Relay.Sessions.Share;

namespace Aeterna.Tests.Relay;

public sealed class ShareTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(33)]
    [InlineData(50)]
    [InlineData(99)]
    public void Any_run_of_connections_is_shared_out_as_the_percentage_says(int percent)
    {
        var route = new Route(1, 2, percent);
        foreach (var (from, count) in new[] { (1, 100), (1, 500), (777, 200), (123_456_789, 1000) })
        {
            var share = Enumerable.Range(from, count).Count(i => Share.GenerationOf(route, i) == 2);
            Assert.InRange(share, (count * percent / 100.0) - 3, (count * percent / 100.0) + 3);
        }
    }

    [Fact]
    public void A_growing_share_moves_nobody_back()
    {
        for (var i = 1; i < 500; i++)
        {
            var first = Enumerable.Range(0, 102).TakeWhile(p => Share.GenerationOf(new Route(1, 2, p), i) == 1).Count();
            Assert.All(Enumerable.Range(first, 101 - first + 1), p => Assert.Equal(2, Share.GenerationOf(new Route(1, 2, p), i)));
        }
    }

    [Fact]
    public void Without_a_candidate_all_go_to_the_main_generation()
    {
        Assert.Equal(7, Share.GenerationOf(new Route(7, null, 100), 5));
        Assert.Null(Share.GenerationOf(Route.Held, 5));
        Assert.Equal(1, Share.GenerationOf(new Route(1, 2, 0), 5));
    }

    [Fact]
    public async Task Old_and_new_connections_are_shared_out_and_given_back()
    {
        using var rig = new RelayRig();
        rig.Start(1);
        rig.Start(2);
        rig.Relay.Direct(new Route(1), null);
        var clients = Enumerable.Range(0, 50).Select(_ => rig.Connect()).ToList();
        await rig.Until(c => c.Connections == 50, "all are there");
        rig.Relay.Direct(new Route(1, 2, 20), null);
        clients.AddRange(Enumerable.Range(0, 50).Select(_ => rig.Connect()));
        await rig.Until(c => c.Connections == 100, "all are there");
        clients.ForEach(c => c.Write("<13>a\n"));
        await rig.Until(c => c.ToGeneration[1].Frames + c.ToGeneration[2].Frames == 100, "all is given");
        Assert.InRange(rig.Counts.ToGeneration[2].Frames, 18, 22);
        Assert.InRange(rig.Counts.Moved, 8, 12);

        // The candidate failed before it accepted anybody.
        rig.Relay.Direct(new Route(1), 2);
        await rig.Until(c => c.ToGeneration[1].Frames == 100, "the first has all");
        clients.ForEach(c => c.Dispose());
    }
}

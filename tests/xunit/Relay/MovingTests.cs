using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>Connections go from one generation to another.</summary>
public sealed class MovingTests
{
    [Fact]
    public async Task A_connection_moves_between_two_frames_after_the_old_one_has_read_everything()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>first\n<13>sec");
        var first = await old.Accept();
        await Temp.Until(() => Streams.Available(first.Socket) == 10, "the old one has the first frame");

        var next = rig.Start(2);
        Assert.Equal(0, rig.Relay.Unaccepted(2));
        rig.Relay.Prepare(2);
        Assert.Equal((0, 1), (rig.Relay.Unaccepted(1), rig.Relay.Unaccepted(2)));
        var second = await next.Accept();
        Assert.Equal(0, rig.Relay.Unaccepted(2));
        rig.Relay.Direct(new Route(2), null);
        client.Write("ond\n");
        await rig.Until(c => c.WaitingBytes == 11, "the second frame waits");
        Assert.False(rig.Relay.HasRead(1));
        Assert.Equal(0, Streams.Available(second.Socket));

        Assert.Equal("<13>first\n", await first.Read(10));
        Assert.Equal("<13>second\n", await second.Read(11));
        Assert.True(rig.Relay.HasRead(1));
        Assert.Equal(1, rig.Counts.Moved);
        Assert.Single(rig.Pauses);

        rig.Relay.Leave(1);
        rig.Relay.Leave(1);
        Assert.Equal("", await first.ReadToEnd());
        second.Write("from the new one");
        Assert.Equal("from the new one", await client.Read(16));
        Assert.Equal(new GivenCounts(1, 11), rig.Counts.ToGeneration[2]);
    }

    [Fact]
    public async Task What_lies_before_a_generation_is_told_and_who_waits_beside_a_client_that_it_serves_is_not()
    {
        using var rig = new RelayRig();
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        Assert.False(rig.Relay.Leftover(1).IsThere);
        using var client = rig.Connect();
        await rig.Until(c => c.Connections == 1, "it is there");
        await Temp.Until(() => rig.Relay.Leftover(1).IsThere, "nobody accepts it");
        var connection = await program.Accept();
        await Temp.Until(() => !rig.Relay.Leftover(1).IsThere, "it is accepted, and has said nothing");
        using var other = rig.Connect();
        other.Write("<13>waits\n");
        await rig.Until(c => c.FramesIn == 1, "the other one has said something");
        Assert.False(rig.Relay.Leftover(1).IsThere); // A program may serve one after the other.
        var before = rig.Relay.Leftover(1).Read;
        client.Write("<13>first\n");
        await Temp.Until(() => rig.Relay.Leftover(1).IsThere, "it has something to read");
        Assert.Equal(before, rig.Relay.Leftover(1).Read);
        Assert.False(rig.Relay.Leftover(2).IsThere);
        Assert.Equal("<13>first\n", await connection.Read(10));
        await Temp.Until(() => !rig.Relay.Leftover(1).IsThere, "it has read it");
        Assert.Equal(before + 10, rig.Relay.Leftover(1).Read);
    }

    [Fact]
    public async Task One_that_was_called_back_before_it_had_moved_goes_on_where_it_was()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>first\n");
        var connection = await old.Accept();
        await rig.Until(c => c.ToGeneration[1].Frames == 1, "the old one has been given it");

        rig.Start(2);
        rig.Relay.Direct(new Route(2), null);
        client.Write("<13>second\n");
        await rig.Until(c => c.WaitingBytes == 11, "the second frame waits");
        rig.Relay.Direct(new Route(1), 2);
        client.Write("<13>third\n");
        Assert.Equal("<13>first\n<13>second\n<13>third\n", await connection.Read(31));
        Assert.Equal(0, rig.Counts.Moved);
    }

    [Fact]
    public async Task The_rest_of_a_frame_goes_to_who_has_its_beginning()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        var first = await old.Accept();

        // Frames of 100 kB fill the leg in the middle of one.
        var frame = "<13>" + new string('x', 100_000) + "\n";
        var writing = Task.Run(() => client.Write(string.Concat(Enumerable.Repeat(frame, 20))));
        await rig.Until(c => c.WaitingBytes > 0 && c.ToGeneration[1].Bytes % frame.Length != 0, "the leg is full");
        rig.Start(2);
        rig.Relay.Direct(new Route(2), null);
        var toOld = 0;
        while (!rig.Relay.HasRead(1))
        {
            toOld += (await first.Read(Math.Max(1, Streams.Available(first.Socket)))).Length;
        }

        Assert.Equal(0, toOld % frame.Length);
        Assert.True(toOld > 0);
        var second = await rig.Relay.Side(2)!.AcceptSoon();
        Assert.Equal(string.Concat(Enumerable.Repeat(frame, 20 - (toOld / frame.Length))), await second.Read((20 * frame.Length) - toOld));
        await writing;
    }

    [Fact]
    public async Task What_nobody_has_accepted_yet_moves_at_once()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        var next = rig.Start(2);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>a\n");
        await rig.Until(c => c.ToGeneration[1].Frames == 1, "it waits for the old one");
        rig.Relay.Direct(new Route(2), null);
        Assert.Equal("<13>a\n", await (await next.Accept()).Read(6));
        Assert.True(rig.Relay.HasRead(1));
        Assert.Null(old.TryAccept());
        Assert.Equal(0, rig.Counts.ToGeneration[1].Frames);
    }

    [Fact]
    public async Task While_nobody_is_directed_to_clients_are_taken_and_wait()
    {
        using var rig = new RelayRig();
        rig.Start(1);
        using var client = rig.Connect();
        client.Write("<13>a\n");
        await rig.Until(c => c.WaitingBytes == 6, "it waits");
        rig.Relay.Direct(new Route(1), null);
        Assert.Equal("<13>a\n", await (await rig.Relay.Side(1)!.AcceptSoon()).Read(6));
    }

    [Fact]
    public async Task A_generation_that_listens_after_it_was_directed_to_gets_what_waits()
    {
        using var rig = new RelayRig();
        rig.Start(1);
        var late = rig.Start(2, listens: false);
        rig.Relay.Direct(new Route(2), null);
        using var client = rig.Connect();
        client.Write("<13>a\n");
        await rig.Until(c => c.WaitingBytes == 6, "it waits");
        Assert.Equal(0, rig.Relay.Listen(2, 5));
        Assert.Equal("<13>a\n", await (await late.Accept()).Read(6));
    }

    [Fact]
    public async Task Without_frames_a_connection_stays_and_new_ones_follow_the_route()
    {
        using var rig = new RelayRig("none");
        var old = rig.Start(1);
        var next = rig.Start(2);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("abc");
        var first = await old.Accept();
        Assert.Equal("abc", await first.Read(3));
        rig.Relay.Direct(new Route(2), null);
        client.Write("def");
        Assert.Equal("def", await first.Read(3));
        using var other = rig.Connect();
        other.Write("ghi");
        Assert.Equal("ghi", await (await next.Accept()).Read(3));
        Assert.True(rig.Relay.HasRead(1));
        rig.Relay.Leave(1);
        Assert.Equal("", await client.ReadToEnd());
    }

    [Fact]
    public async Task A_leg_that_is_closed_by_another_generation_than_the_current_one_does_not_touch_the_client()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        var first = await old.Accept();
        var next = rig.Start(2);
        rig.Relay.Prepare(2);
        (await next.Accept()).Close();
        client.Write("<13>a\n");
        Assert.Equal("<13>a\n", await first.Read(6));

        // It is opened anew when the connection goes there.
        rig.Relay.Direct(new Route(2), null);
        client.Write("<13>b\n");
        var second = await next.Accept();
        Assert.Equal("<13>b\n", await second.Read(6));
        first.Close();
        client.Write("<13>c\n");
        Assert.Equal("<13>c\n", await second.Read(6));
    }

    [Fact]
    public async Task Answers_of_the_old_generation_still_reach_the_client()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>a\n");
        var first = await old.Accept();
        await first.Read(6);
        rig.Start(2);
        rig.Relay.Direct(new Route(2), null);
        first.Write("late answer");
        Assert.Equal("late answer", await client.Read(11));
    }
}

internal static class SideExtensions
{
    public static async Task<Connection> AcceptSoon(this IRelaySide side)
    {
        IRelayLeg? leg = null;
        await Temp.Until(() => (leg = side.TryAccept()) is not null, "there is a connection");
        return new Connection(leg!);
    }
}

using System.Net.Sockets;

using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Tests.Support;

using Microsoft.Extensions.Logging;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>Generations die, or are held still and never go on.</summary>
public sealed class TakeBackTests
{
    [Fact]
    public async Task What_a_dead_generation_had_not_read_or_read_only_partly_goes_to_the_next()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>first\n<13>second\n5 third<13>four");
        var first = await old.Accept();
        await first.Read(13);
        await rig.Until(c => c.ToGeneration[1].Frames == 3, "it was given all");
        old.Dispose();
        Assert.Equal(2, rig.Relay.Direct(Route.Held, 1));
        Assert.Equal(new GivenCounts(1, 10), rig.Counts.ToGeneration[1]);
        Assert.Equal(26, rig.Counts.WaitingBytes);
        rig.Relay.Leave(1);

        var next = rig.Start(2);
        rig.Relay.Direct(new Route(2), null);
        Assert.Equal("<13>second\n5 third", await (await next.Accept()).Read(18));
        Assert.Equal(1, rig.Counts.Connections);
        Assert.Equal(new GivenCounts(2, 18), rig.Counts.ToGeneration[2]);
    }

    /// <summary>It was only held still, goes on, and would read again what another one has by now.</summary>
    [Fact]
    public async Task What_was_taken_back_is_not_found_by_one_that_goes_on()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>first\n<13>second\n<13>third\n");
        var first = await old.Accept();
        await first.Read(13);
        await rig.Until(c => c.ToGeneration[1].Frames == 3, "it was given all");
        var next = rig.Start(2);
        Assert.Equal(2, rig.Relay.Direct(new Route(2), 1));
        Assert.Equal("", await first.ReadToEnd());
        Assert.Equal("<13>second\n<13>third\n", await (await next.Accept()).Read(21));
        Assert.Equal((new GivenCounts(1, 10), new GivenCounts(2, 21)), (rig.Counts.ToGeneration[1], rig.Counts.ToGeneration[2]));
    }

    [Fact]
    public async Task A_recall_is_exact()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>a\n");
        var first = await old.Accept();
        await first.Read(6);
        rig.Start(2);
        rig.Relay.Prepare(2);
        rig.Relay.Direct(new Route(2), null);
        client.Write("<13>b\n<13>c\n");
        await rig.Until(c => c.ToGeneration[2].Frames == 2, "the new one has it and is held still");
        client.Write("<13>d\n");
        await rig.Until(c => c.ToGeneration[2].Frames == 3, "more");
        Assert.Equal(3, rig.Relay.Direct(new Route(1), 2));
        Assert.Equal("<13>b\n<13>c\n<13>d\n", await first.Read(18));
        rig.Relay.Leave(2);
        client.Write("<13>e\n");
        Assert.Equal("<13>e\n", await first.Read(6));
    }

    [Fact]
    public async Task When_the_old_one_dies_during_the_move_its_rest_comes_before_anything_newer()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>a\n<13>b\n");
        var first = await old.Accept();
        await first.Read(8);
        var next = rig.Start(2);
        rig.Relay.Prepare(2);
        rig.Relay.Direct(new Route(2), null);
        client.Write("<13>c\n");
        await rig.Until(c => c.WaitingBytes == 6, "it waits for the old one");
        old.Dispose();
        Assert.Equal(1, rig.Relay.Direct(new Route(2), 1));
        Assert.Equal("<13>b\n<13>c\n", await (await next.Accept()).Read(12));
    }

    [Fact]
    public async Task Leaving_takes_back_what_was_not_read()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>a\n");
        await old.Accept();
        await rig.Until(c => c.ToGeneration[1].Frames == 1, "it has it");
        old.Dispose();
        rig.Relay.Leave(1);
        var next = rig.Start(2);
        rig.Relay.Direct(new Route(2), null);
        Assert.Equal("<13>a\n", await (await next.Accept()).Read(6));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_has_ended_is_given_to_the_next_generation_with_its_end(bool reset)
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>a\n<13>ha");
        var first = await old.Accept();
        await rig.Until(c => c.BytesIn == 12, "it has come in");
        if (reset)
        {
            client.Reset();
        }
        else
        {
            client.Socket.Shutdown(SocketShutdown.Send);
        }

        await Temp.Until(() => Streams.Available(first.Socket) == 12, "the old one has it");
        old.Dispose();
        var next = rig.Start(2);
        Assert.Equal(2, rig.Relay.Direct(new Route(2), 1));
        var second = await next.Accept();
        Assert.Equal("<13>a\n<13>ha", await second.ReadToEnd());
        second.Close();
        await rig.Until(c => c.Connections == 0, "it is over");
    }

    [Fact]
    public async Task A_client_whose_last_word_was_read_ends_with_the_generation_that_dies()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>a\n");
        client.Socket.Shutdown(SocketShutdown.Send);
        var first = await old.Accept();
        Assert.Equal("<13>a\n", await first.ReadToEnd());
        old.Dispose();
        Assert.Equal(0, rig.Relay.Direct(Route.Held, 1));
        Assert.Equal("", await client.ReadToEnd());
    }

    [Fact]
    public async Task The_rest_of_a_frame_that_is_too_long_is_lost_with_its_generation_and_said_once()
    {
        using var rig = new RelayRig();
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        var first = await old.Accept();
        var reading = first.Read(4 + 1_000_000);
        client.Write("<13>" + new string('x', 1_000_000));
        await reading;

        // It stays where it is, and blocks no switch.
        var next = rig.Start(2);
        rig.Relay.Direct(new Route(2), null);
        Assert.True(rig.Relay.HasRead(1));
        client.Write("still the same");
        await first.Read(14);
        Assert.Equal(0, rig.Counts.Moved);

        await Temp.Until(() => rig.Rented <= 1, "its beginning is no longer kept");
        rig.Relay.Leave(1);
        client.Write("rest\n<13>next\n");
        Assert.Equal("<13>next\n", await (await next.Accept()).Read(9));
        Assert.Equal(1, rig.Counts.Lost);
        Assert.Single(rig.Log.Lines, l => l.Level == LogLevel.Warning && l.Line.Contains("was lost", StringComparison.Ordinal));
        Assert.Equal(0, rig.Counts.WaitingBytes);
    }

    [Fact]
    public async Task Without_frames_connections_end_with_their_generation_and_those_not_accepted_go_to_the_next()
    {
        using var rig = new RelayRig("none");
        var old = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("abc");
        var first = await old.Accept();
        await first.Read(3);
        using var waiting = rig.Connect();
        waiting.Write("def");
        await rig.Until(c => c.WaitingBytes == 3, "it waits to be accepted");
        old.Dispose();
        rig.Relay.Direct(Route.Held, 1);
        Assert.Equal("", await client.ReadToEnd());
        rig.Relay.Leave(1);
        var next = rig.Start(2);
        rig.Relay.Direct(new Route(2), null);
        Assert.Equal("def", await (await next.Accept()).Read(3));
    }
}

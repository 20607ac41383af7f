using System.Net.Sockets;


using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>Each generation cuts streams by its own configuration, and goes on within a frame where it can.</summary>
public class RulesOfGenerationsTests
{
    [Fact]
    public async Task What_waits_is_cut_anew_for_a_generation_with_other_rules()
    {
        using var rig = new RelayRig(framing: null);
        var first = rig.Start(1, framing: Rsyslog(new SyslogRules()));
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>a\n20 b\nc\n"); // The beginning of a counted frame, and lines for the next one.
        var one = await first.Accept();
        Assert.Equal("<13>a\n", await one.Read(6));
        var second = rig.Start(2, framing: Rsyslog(new SyslogRules { OctetCounted = false }));
        rig.Relay.Direct(new Route(2, Alone: true), null);
        var two = await second.Accept();
        Assert.Equal("20 b\nc\n", await two.Read(7));
        client.Write("d");
        rig.Relay.Direct(new Route(1, Alone: true), null);
        client.Write("\n");
        Assert.Equal("d\n", await one.Read(2));
    }

    [Fact]
    public async Task A_counted_frame_too_long_for_imtcp_goes_on_with_a_count_of_its_rest()
    {
        var framing = Rsyslog(new SyslogRules { LargestMessage = 10, Oversize = Oversize.Split });
        using var rig = new RelayRig(framing: null);
        var first = rig.Start(1, framing: framing);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("30 0123456789abcde"); // After eleven bytes imtcp has made a message of ten.
        var one = await first.Accept();
        Assert.Equal("30 0123456789a", await one.Read(14));
        var second = rig.Start(2, framing: framing);
        rig.Relay.Direct(new Route(2, Alone: true), null);
        client.Write("fghijkl");
        var two = await second.Accept();
        Assert.Equal("19 bcdefghijkl", await two.Read(14));
        Assert.Equal("", await one.ReadToEnd()); // It would wait for the rest of a frame.
    }

    [Fact]
    public async Task The_rest_of_a_line_keeps_its_blank_when_the_client_has_ended()
    {
        var framing = Rsyslog(new SyslogRules { LargestMessage = 10, Oversize = Oversize.Split, SkipsBlanks = true, EndsAtLf = false });
        using var rig = new RelayRig(framing: null);
        var first = rig.Start(1, framing: framing);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("abcdefghijk");
        var one = await first.Accept();
        Assert.Equal("abcdefghijk", await one.Read(11));
        client.Write(" rest");
        client.Socket.Shutdown(SocketShutdown.Send);
        await Temp.Until(() => Streams.Available(one.Socket) == 5, "the first one has the rest");
        first.Dispose();
        var second = rig.Start(2, framing: framing);
        rig.Relay.Direct(new Route(2), 1);
        Assert.Equal("0  rest", await (await second.Accept()).ReadToEnd());
    }

    [Fact]
    public async Task A_message_whose_end_only_the_next_one_shows_is_given_again_from_its_beginning()
    {
        var framing = Rsyslog(new SyslogRules { Oversize = Oversize.Open, LargestMessage = 8096, Start = MessageStart.Parse("^<[0-9]{2}>") });
        using var rig = new RelayRig(framing: null);
        var first = rig.Start(1, framing: framing);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write("<13>one\ntwo\n<14>three\nfour");
        var one = await first.Accept();
        Assert.Equal("<13>one\ntwo\n<14>three\nfour", await one.Read(26));
        var second = rig.Start(2, framing: framing);
        rig.Relay.Direct(new Route(2, Alone: true), null);
        client.Write("\n<15>");
        var two = await second.Accept();
        Assert.Equal("<14>three\nfour\n<15>", await two.Read(19));
        Assert.Equal("", await one.ReadToEnd());
    }

    private static StreamFraming Rsyslog(SyslogRules rules) => new() { Kind = FramingKind.Syslog, Rules = rules };
}

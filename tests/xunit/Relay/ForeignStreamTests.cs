using Aeterna.Machine;
using Aeterna.Relay.Frames;
using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>What comes to a syslog listener and is no syslog: it is carried as it comes, and does not hold up a switch.</summary>
public sealed class ForeignStreamTests
{
    private const string TlsHello = "\u0016\u0003\u0001 and so on, without an end of a line";
    private const string RelpOpen = "1 open 85 relp_version=0";

    [Theory]
    [InlineData(TlsHello, true)]
    [InlineData(RelpOpen, true)]
    [InlineData("12345 open 3 abc", true)]
    [InlineData("<13>Nov 22 10:00:00 host test: a\n", false)]
    [InlineData("41 <13>Nov 22 10:00:00 host test: 0123456789", false)]
    [InlineData(" open the door\n", false)]
    [InlineData("7", false)]
    public void It_is_told_by_its_first_bytes(string text, bool isForeign) =>
        Assert.Equal(isForeign, Preamble.IsForeign(System.Text.Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData(TlsHello)]
    [InlineData(RelpOpen)]
    public async Task It_is_carried_at_once_and_ends_at_an_exclusive_switch_when_all_was_read(string hello)
    {
        using var rig = new RelayRig();
        var first = rig.Start(1);
        var second = rig.Start(2);
        rig.Relay.Direct(new Route(1), null);
        using var foreign = rig.Connect();
        foreign.Write(hello);
        var connection = await first.Accept();
        Assert.Equal(hello, await connection.Read(hello.Length));
        connection.Write("answer");
        Assert.Equal("answer", await foreign.Read(6));

        using var ordinary = rig.Connect();
        ordinary.Write("<13>one\n");
        var moved = await first.Accept();
        Assert.Equal("<13>one\n", await moved.Read(8));
        rig.Relay.Direct(new Route(2, Alone: true), null);
        Assert.Equal("", await foreign.ReadToEnd());
        ordinary.Write("<13>two\n");
        Assert.Equal("<13>two\n", await (await second.Accept()).Read(8));
    }

    [Fact]
    public async Task At_the_end_of_a_split_it_stays_where_it_is()
    {
        using var rig = new RelayRig();
        var first = rig.Start(1);
        rig.Start(2);
        rig.Relay.Direct(new Route(1), null);
        using var foreign = rig.Connect();
        foreign.Write(RelpOpen);
        var connection = await first.Accept();
        Assert.Equal(RelpOpen, await connection.Read(RelpOpen.Length));
        rig.Relay.Direct(new Route(2), null);
        foreign.Write("more");
        Assert.Equal("more", await connection.Read(4));
    }
}

using System.Net.Sockets;

using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>The datagram relay gives back what it takes.</summary>
[Collection(Alone.Name)]
public class DatagramLeakTests
{
    [Fact]
    public async Task Descriptors_are_the_same_after_ten_reloads_and_none_is_left_at_the_end()
    {
        var before = Temp.Held();
        using (var rig = new DatagramRig())
        {
            var previous = rig.Start(1);
            rig.Relay.Direct(new Route(1), null);
            var steady = Temp.OpenDescriptors();
            for (var generation = 2; generation < 12; generation++)
            {
                var program = rig.Start(generation);
                rig.Send("x");
                rig.Relay.Direct(new Route(generation), generation - 1);
                rig.Relay.Leave(generation - 1);
                previous.Dispose();
                previous = program;
                Assert.Equal("x", (await program.Read()).Text);
                await Temp.Until(() => Temp.OpenDescriptors() <= steady, $"{steady} descriptors again");
            }
        }

        await Temp.UntilReleased(before);
    }

    [Fact]
    public async Task Descriptors_that_come_with_a_datagram_are_closed_and_its_bytes_go_on()
    {
        using var rig = new DatagramRig();
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        var before = Temp.Held();
        for (var n = 0; n < 3; n++)
        {
            FdPassing.Send((int)rig.Client.Handle, "with files"u8, [0, 1, 2]);
            Assert.Equal("with files", (await program.Read()).Text);
        }

        await Temp.UntilReleased(before);
        Assert.Contains("descriptors", Assert.Single(rig.Log.Lines).Line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_when_the_relay_ends_is_said_and_its_thread_ends()
    {
        var rig = new DatagramRig();
        rig.Send("a", "b");
        await Waiting.Until(() => rig.Relay.Counts().FramesIn == 2);
        rig.Relay.Dispose();
        Assert.StartsWith("2 datagrams", Assert.Single(rig.Log.Lines).Line, StringComparison.Ordinal);
        rig.Send("c"); // The public socket is the table's, and open.
        rig.Dispose();
        Assert.Throws<SocketException>(() => rig.Sender());
    }
}

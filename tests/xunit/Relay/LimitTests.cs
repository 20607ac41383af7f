using System.Net.Sockets;

using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Relay.Frames;
using Aeterna.Tests.Support;

using Microsoft.Extensions.Logging;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>What slow, broken and too many peers cost. Nothing runs beside it, since descriptors are counted.</summary>
[Collection(Alone.Name)]
public sealed class LimitTests
{
    // Stated in FrameStream: one frame of the largest size, two segments; the rest is in the kernel.
    private const long MostWaiting = FrameRules.LeastWhole + (2 * Segment.LargeSize);

    [Theory]
    [InlineData("<13>a short message of a client that has a lot to say\n")]
    [InlineData("<13>a message without an end")]
    public async Task A_generation_that_never_reads_slows_its_clients_and_takes_no_more_memory(string message)
    {
        using var rig = new RelayRig(loops: 1);
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        await program.Accept();
        client.Socket.Blocking = false;
        var chunk = System.Text.Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(message, 2000)));
        await Temp.Until(
            () =>
            {
                SocketError error;
                do
                {
                    client.Socket.Send(chunk, SocketFlags.None, out error);
                }
                while (error == SocketError.Success);
                var counts = rig.Counts;
                Assert.InRange(counts.WaitingBytes, 0, MostWaiting);
                return counts.WaitingBytes > 0 && counts.BytesIn == rig.Counts.BytesIn && IsFull(client);
            },
            "the client is held up");
        Assert.InRange(rig.Rented, 1, 8); // What the kernel holds unread can be taken back; two more.

        // Others are not held up.
        using var other = rig.Connect();
        other.Write("<13>b\n");
        Assert.Equal("<13>b\n", await (await program.Accept()).Read(6));

        static bool IsFull(Client client) => !client.Socket.Poll(0, SelectMode.SelectWrite);
    }

    [Fact]
    public async Task An_idle_connection_holds_no_segment()
    {
        using var rig = new RelayRig(loops: 1);
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        client.Write(new string('x', 50_000) + "\n<13>b");
        var connection = await program.Accept();
        await connection.Read(50_001);
        await Temp.Until(() => rig.Rented == 1, "only a small segment is left");
        client.Write("\n");
        await connection.Read(6);
        await Temp.Until(() => rig.Rented == 0, "no segment is left");
    }

    [Fact]
    public async Task More_clients_than_there_is_room_for_wait_until_others_have_ended()
    {
        using var rig = new RelayRig(loops: 1, most: 2);
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var first = rig.Connect();
        using var second = rig.Connect();
        using var third = rig.Connect();
        third.Write("<13>c\n");
        await Temp.Until(() => rig.Log.Lines.Any(l => l.Line.StartsWith("cannot take more clients", StringComparison.Ordinal)), "it is said");
        Assert.Equal(2, rig.Counts.Connections);
        (await program.Accept()).Close();
        var next = await program.Accept();
        Assert.Equal("", await first.ReadToEnd());
        Assert.Equal("<13>c\n", await (await program.Accept()).Read(6));
        next.Close();
        await Temp.Until(() => rig.Log.Lines.Any(l => l.Line.EndsWith("takes clients again", StringComparison.Ordinal)), "it is said");
        Assert.Single(rig.Log.Lines, l => l.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task Strangers_on_the_private_socket_are_refused()
    {
        using var rig = new RelayRig();
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        var name = Libc.LocalName(program.Listener.Number);
        Assert.Equal(0, name[2]); // An abstract name, which the kernel chose.
        var python = System.Diagnostics.Process.Start("python3", ["-c", $"import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect(b'\\x00{System.Text.Encoding.ASCII.GetString(name, 3, name.Length - 3)}')\nassert s.recv(1) == b''"]);
        await Temp.Until(() => Readable(program), "the stranger has connected");
        using var client = rig.Connect();
        client.Write("<13>a\n");
        await rig.Until(c => c.ToGeneration[1].Frames == 1, "a client has connected after it");
        Assert.Equal("<13>a\n", await program.TryAccept()!.Read(6));
        await python.WaitForExitAsync();
        Assert.Equal(0, python.ExitCode);

        static unsafe bool Readable(Generation program)
        {
            var poll = new Pollfd { Fd = program.Listener.Number, Events = Libc.POLLIN };
            return Libc.poll(&poll, 1, 0) > 0;
        }
    }

    [Fact]
    public async Task No_descriptor_is_left_behind()
    {
        await Churn(20); // What the runtime keeps for good.
        var before = Temp.OpenDescriptors();
        await Churn(2000);
        await Temp.Until(() => Temp.OpenDescriptors() <= before + 5, $"about {before} descriptors again, not {Temp.OpenDescriptors()}");

        static async Task Churn(int count)
        {
            using var rig = new RelayRig();
            rig.Start(1);
            var program = rig.Start(2);
            rig.Relay.Direct(new Route(1, 2, 50), null);
            using var stays = rig.Connect();
            for (var i = 0; i < count; i++)
            {
                var client = rig.Connect();
                client.Write("<13>a\n<13>b");
                if (i % 3 == 0)
                {
                    client.Reset();
                }

                if (i == count / 2)
                {
                    rig.Relay.Prepare(2);
                    rig.Relay.Direct(new Route(2), 1); // The first dies without having read anything.
                    rig.Relay.Leave(1);
                }

                while (i > count / 2 && program.TryAccept() is { } connection)
                {
                    connection.Close();
                }

                client.Dispose();
            }

            await Temp.Until(
                () =>
                {
                    while (program.TryAccept() is { } connection)
                    {
                        connection.Close();
                    }

                    return rig.Counts.Connections <= 1;
                },
                "all have ended");
        }
    }
}

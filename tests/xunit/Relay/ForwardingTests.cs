using System.Net;
using System.Net.Sockets;

using Aeterna.Linux;

using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>One client and one generation.</summary>
public sealed class ForwardingTests
{
    private static readonly Route _toFirst = new(1);

    [Fact]
    public async Task Only_whole_frames_leave_the_engine()
    {
        using var rig = new RelayRig();
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        using var client = rig.Connect();
        client.Write("<13>a\n5 hello<13>half");
        var connection = await program.Accept();
        Assert.Equal("<13>a\n5 hello", await connection.Read(13));
        await rig.Until(c => c.WaitingBytes == 8, "the half is kept");
        Assert.Equal(0, Streams.Available(connection.Socket));
        client.Write(" more\n");
        Assert.Equal("<13>half more\n", await connection.Read(14));
        await rig.Until(c => c.ToGeneration[1] == new GivenCounts(3, 27), "all is counted");
        Assert.Equal((1, 1, 3L, 27L, 0L), ((int)rig.Counts.Connections, (int)rig.Counts.Accepted, rig.Counts.FramesIn, rig.Counts.BytesIn, rig.Counts.WaitingBytes));
    }

    [Fact]
    public async Task A_program_that_speaks_first_is_heard()
    {
        using var rig = new RelayRig();
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        using var client = rig.Connect();
        (await program.Accept()).Write("220 hello\n");
        Assert.Equal("220 hello\n", await client.Read(10));
    }

    [Theory]
    [InlineData("syslog")]
    [InlineData("none")]
    public async Task A_half_close_comes_after_everything_and_answers_still_flow(string framing)
    {
        using var rig = new RelayRig(framing);
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        using var client = rig.Connect();
        client.Write("<13>a\n<13>half");
        client.Socket.Shutdown(SocketShutdown.Send);
        var connection = await program.Accept();
        Assert.Equal("<13>a\n<13>half", await connection.ReadToEnd());
        connection.Write("good bye\n");
        connection.Close();
        Assert.Equal("good bye\n", await client.ReadToEnd());
        await rig.Until(c => c.Connections == 0, "it is over");
    }

    [Fact]
    public async Task A_program_that_closes_ends_the_clients_connection()
    {
        using var rig = new RelayRig();
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        using var client = rig.Connect();
        client.Write("<13>a\n");
        var connection = await program.Accept();
        await connection.Read(6);
        connection.Write("last words");
        connection.Close();
        Assert.Equal("last words", await client.ReadToEnd());
    }

    [Fact]
    public async Task A_program_that_closes_with_bytes_unread_resets_the_client()
    {
        using var rig = new RelayRig();
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        using var client = rig.Connect();
        client.Write("<13>a\n");
        var connection = await program.Accept();
        await Until(() => Streams.Available(connection.Socket) == 6);
        connection.Close();
        var reset = await Assert.ThrowsAsync<SocketException>(client.ReadToEnd);
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task A_program_that_only_stops_writing_goes_on_reading()
    {
        using var rig = new RelayRig();
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        using var client = rig.Connect();
        var connection = await program.Accept();
        connection.Write("that is all");
        connection.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("that is all", await client.ReadToEnd());
        client.Write("<13>still here\n");
        Assert.Equal("<13>still here\n", await connection.Read(15));
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await connection.ReadToEnd());
        await rig.Until(c => c.Connections == 0, "it is over");
    }

    [Fact]
    public async Task What_came_before_a_reset_is_read()
    {
        using var rig = new RelayRig();
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        var client = rig.Connect();
        client.Write("<13>a\n");
        await rig.Until(c => c.BytesIn == 6, "it has come in");
        client.Reset();
        var connection = await program.Accept();
        Assert.Equal("<13>a\n", await connection.ReadToEnd());
        connection.Close();
        await rig.Until(c => c.Connections == 0, "it is over");
    }

    [Fact]
    public async Task Addresses_are_the_clients()
    {
        using var rig = new RelayRig();
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        using var client = rig.Connect();
        var leg = (await program.Accept()).Leg;
        Assert.Equal(client.Socket.LocalEndPoint, SockAddr.ReadEndpoint(leg.PeerAddress));
        Assert.Equal(client.Socket.RemoteEndPoint, SockAddr.ReadEndpoint(leg.LocalAddress));
        Assert.NotNull(leg.Client);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Addresses_have_the_family_of_the_public_socket(bool mapped)
    {
        using var rig = new RelayRig(address: mapped ? IPAddress.IPv6Any : IPAddress.IPv6Loopback, v4Mapped: mapped);
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        var port = ((IPEndPoint)rig.EndPoint).Port;
        using var client = RelayRig.Connect(new IPEndPoint(mapped ? IPAddress.Loopback : IPAddress.IPv6Loopback, port));
        var peer = SockAddr.ReadEndpoint((await program.Accept()).Leg.PeerAddress)!;
        Assert.Equal(AddressFamily.InterNetworkV6, peer.AddressFamily);
        Assert.Equal(mapped, peer.Address.IsIPv4MappedToIPv6);
        Assert.Equal(((IPEndPoint)client.Socket.LocalEndPoint!).Port, peer.Port);
    }

    [Fact]
    public async Task A_unix_stream_is_relayed_too()
    {
        var address = Support.Temp.Address($"unix:@aeterna-test-{Guid.NewGuid():n}");
        using var rig = new RelayRig("line", unix: address);
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        using var client = rig.Connect();
        client.Write("one\ntw");
        var connection = await program.Accept();
        Assert.Equal("one\n", await connection.Read(4));
        Assert.Equal([Libc.AF_UNIX, 0], connection.Leg.PeerAddress);
        client.Write("o\n");
        Assert.Equal("two\n", await connection.Read(4));
    }

    [Fact]
    public async Task A_client_that_reads_slowly_slows_the_program_and_nobody_else()
    {
        using var rig = new RelayRig(loops: 1);
        var program = rig.Start(1);
        rig.Relay.Direct(_toFirst, null);
        using var slow = rig.Connect();
        var connection = await program.Accept();
        connection.Socket.Blocking = false;
        var written = 0;
        var chunk = new byte[100_000];
        var full = 0;
        while (full < 20)
        {
            written += Math.Max(0, connection.Socket.Send(chunk, SocketFlags.None, out var error));
            if (error == SocketError.WouldBlock)
            {
                full++;
                using var other = rig.Connect(); // A turn of the loop.
                other.Write("<13>a\n");
                await (await program.Accept()).Read(6);
                continue;
            }

            full = 0;
        }

        connection.Socket.Blocking = true;
        connection.Close();
        Assert.Equal(written, (await slow.ReadToEnd()).Length);
    }

    private static Task Until(Func<bool> condition) => Support.Temp.Until(condition, "it has come in");
}

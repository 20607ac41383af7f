using System.Net.Sockets;

using Aeterna.Linux;

using Aeterna.Machine;
using Xunit;

namespace Aeterna.Tests.Listeners;

/// <summary>A steered TCP listener: new connections by the route, and those there are stay where they are.</summary>
public class SteeredTcpTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void New_connections_go_where_the_route_says_and_old_ones_stay(bool v6)
    {
        using var rig = new SteeringRig(v6, tcp: true);
        rig.Input.Direct(new Route(1), null);
        var first = Listening(rig, 1);
        var second = Listening(rig, 2);
        using var old = Connect(rig);
        Assert.False(rig.Input.HasRead(1));
        var accepted = first.Accept();
        Assert.True(rig.Input.HasRead(1));

        rig.Input.Direct(new Route(2), null);
        using var later = Connect(rig);
        Assert.True(rig.Input.HasRead(1));
        Assert.False(rig.Input.HasRead(2));
        Assert.Equal(later.LocalEndPoint, second.Accept().RemoteEndPoint);

        rig.Input.Leave(1);
        old.Send("x"u8);
        Assert.Equal(1, accepted.Receive(new byte[1]));
    }

    [Fact]
    public void A_socket_that_does_not_listen_yet_gets_nothing()
    {
        using var rig = new SteeringRig(tcp: true);
        rig.Input.Direct(new Route(2), null);
        var first = Listening(rig, 1);
        var second = rig.Start(2);
        using var one = Connect(rig);
        Assert.False(rig.Input.HasRead(1));
        Assert.Equal(0, rig.Input.Listen(2, 5));
        using var other = Connect(rig);
        Assert.False(rig.Input.HasRead(2));
        Assert.Equal(one.LocalEndPoint, first.Accept().RemoteEndPoint);
        Assert.Equal(other.LocalEndPoint, second.Accept().RemoteEndPoint);
        Assert.Equal(Errno.EINVAL, rig.Input.Listen(3, 5));
    }

    [Fact]
    public void Connections_that_a_crashed_generation_had_not_accepted_are_the_next_ones()
    {
        using var rig = new SteeringRig(tcp: true);
        rig.Input.Direct(new Route(1), null);
        var first = Listening(rig, 1);
        using var client = Connect(rig);
        rig.Kill(first);
        rig.Input.Leave(1);
        using var waiting = Connect(rig);
        var second = Listening(rig, 2);
        Assert.True(second.WasGiven);
        Assert.Equal(client.LocalEndPoint, second.Accept().RemoteEndPoint);
        Assert.Equal(waiting.LocalEndPoint, second.Accept().RemoteEndPoint);
    }

    [Fact]
    public void Connections_wait_while_traffic_is_held()
    {
        using var rig = new SteeringRig(tcp: true);
        rig.Input.Direct(new Route(1), null);
        var first = Listening(rig, 1);
        using var old = Connect(rig);
        first.Accept();
        rig.Input.Direct(Route.Held, null);
        using var client = Connect(rig);
        Assert.True(rig.Input.HasRead(1));
        rig.Kill(first);
        rig.Input.Leave(1);
        var second = Listening(rig, 2);
        rig.Input.Direct(new Route(2), null);
        Assert.Equal(client.LocalEndPoint, second.Accept().RemoteEndPoint);
    }

    [Fact]
    public void What_remains_of_connections_that_waited_keeps_nobody_from_the_address()
    {
        using var rig = new SteeringRig(tcp: true);
        rig.Input.Direct(new Route(1), null);
        var first = Listening(rig, 1);
        rig.Input.Direct(Route.Held, null);
        using var client = Connect(rig);
        rig.Kill(first);
        rig.Input.Leave(1);
        var second = Listening(rig, 2);
        second.Accept();
        rig.Kill(second);
        rig.Input.Leave(2);
        rig.Input.Dispose();
        Assert.Equal(0, client.Receive(new byte[1])); // The server's end is the one that lingers.
        client.Dispose();

        using var plain = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Libc.SetOption((int)plain.Handle, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
        plain.Bind(rig.Target);
    }

    [Fact]
    public void Connections_that_nobody_can_take_are_counted_and_said()
    {
        using var rig = new SteeringRig(tcp: true);
        rig.Input.Direct(new Route(1), null);
        Listening(rig, 1);
        var second = Listening(rig, 2);
        rig.Input.Direct(new Route(1, 2, 100), null);
        using var client = Connect(rig);
        rig.Input.Direct(new Route(1), 2);
        rig.Kill(second);
        rig.Input.Leave(2);
        if (File.ReadAllText("/proc/sys/net/ipv4/tcp_migrate_req").Trim() == "0")
        {
            Assert.Equal(1, rig.Input.Counts().Lost);
            Assert.Contains("tcp_migrate_req", Assert.Single(rig.Log.Lines).Line, StringComparison.Ordinal);
            Assert.Throws<SocketException>(() => client.Receive(new byte[1]));
        }
        else
        {
            Assert.Equal(0, rig.Input.Counts().Lost);
        }
    }

    private static SteeredProgram Listening(SteeringRig rig, int generation)
    {
        var program = rig.Start(generation);
        Assert.Equal(0, rig.Input.Listen(generation, 1));
        return program;
    }

    private static Socket Connect(SteeringRig rig)
    {
        var client = new Socket(rig.Target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(rig.Target);
        return client;
    }
}

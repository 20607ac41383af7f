using System.Net;
using System.Net.Sockets;
using Aeterna.Control;
using Aeterna.Linux;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Control;

/// <summary>Whose the other end of a connection is, by both ways to find out.</summary>
public sealed class SocketOwnerTests : IDisposable
{
    private const uint Nobody = 65534;

    private static readonly Dictionary<string, Func<IPEndPoint, IPEndPoint, TcpSocketFacts?>> _ways = new() { ["kernel"] = InetDiag.Find, ["list"] = TcpTable.Find };

    private readonly List<Socket> _sockets = [];

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    [RootTheory]
    [InlineData("kernel", "127.0.0.1", "127.0.0.1")]
    [InlineData("kernel", "::1", "::1")]
    [InlineData("kernel", "::", "127.0.0.1")]
    [InlineData("kernel", "127.0.0.1", "::ffff:127.0.0.1")]
    [InlineData("list", "127.0.0.1", "127.0.0.1")]
    [InlineData("list", "::1", "::1")]
    [InlineData("list", "::", "127.0.0.1")]
    [InlineData("list", "127.0.0.1", "::ffff:127.0.0.1")]
    public void The_owner_is_who_made_the_clients_socket(string way, string listen, string connect)
    {
        foreach (var user in new uint[] { 0, 1234, Nobody })
        {
            var (client, server) = Connect(IPAddress.Parse(listen), IPAddress.Parse(connect), user);

            Assert.Equal(user, Find(way, client, server));
        }
    }

    // Kernels show such a socket as root's.
    [RootTheory]
    [InlineData("kernel")]
    [InlineData("list")]
    public void A_socket_that_nobody_has_open_any_more_is_nobodys(string way)
    {
        var (client, server) = Connect(IPAddress.Loopback, IPAddress.Loopback, 1234);
        var (own, peer) = ((IPEndPoint)server.RemoteEndPoint!, (IPEndPoint)server.LocalEndPoint!);
        client.Dispose();

        Assert.Equal(0ul, _ways[way](own, peer)?.Inode ?? 0);
        Assert.Null(SocketOwner.Find(own, peer, _ways[way], null));
    }

    [RootTheory]
    [InlineData("kernel")]
    [InlineData("list")]
    public void A_socket_that_listens_on_the_clients_port_is_not_the_client(string way)
    {
        var listener = Listen(IPAddress.Loopback);

        Assert.Null(SocketOwner.Find((IPEndPoint)listener.LocalEndPoint!, new IPEndPoint(IPAddress.Loopback, 9), _ways[way], null));
    }

    [Fact]
    public void A_socket_that_vanishes_between_two_looks_is_nobodys()
    {
        var looks = new Queue<TcpSocketFacts?>([new TcpSocketFacts(1, 0, 77), new TcpSocketFacts(4, 0, 0)]);

        Assert.Null(SocketOwner.Find(new IPEndPoint(1, 1), new IPEndPoint(1, 2), (_, _) => looks.Dequeue(), null));
    }

    [Fact]
    public void What_a_kernel_finds_in_the_place_of_a_client_because_it_listens_there_is_not_the_client()
    {
        Assert.Equal(0u, SocketOwner.Find(new IPEndPoint(1, 1), new IPEndPoint(1, 2), (_, _) => new TcpSocketFacts(1, 0, 77), null));
        Assert.Null(SocketOwner.Find(new IPEndPoint(1, 1), new IPEndPoint(1, 2), (_, _) => new TcpSocketFacts(10, 0, 77), null));
    }

    [Fact]
    public void Who_stands_for_all_that_a_namespace_does_not_know_is_nobody()
    {
        static uint? Find(uint? nobodys) => SocketOwner.Find(new IPEndPoint(1, 1), new IPEndPoint(1, 2), (_, _) => new TcpSocketFacts(1, 4711, 77), nobodys);

        Assert.Equal(4711u, Find(null));
        Assert.Equal(4711u, Find(65534));
        Assert.Null(Find(4711));
    }

    [Theory]
    [InlineData("         0          0 4294967295\n", null)]
    [InlineData("         0       1000          1\n", 4711u)]
    [InlineData("         0       1000      65536\n     65536     100000 4294901759\n", null)]
    [InlineData("no map", 65534u)]
    public void A_namespace_that_does_not_know_everybody_has_one_who_stands_for_the_others(string map, uint? expected)
    {
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["map"], map);
        File.WriteAllText(scratch["overflow"], "4711\n");
        Assert.Equal(expected, SocketOwner.Nobodys(scratch["map"], scratch["overflow"]));
    }

    [Fact]
    public void Without_addresses_there_is_no_owner() => Assert.Null(SocketOwner.Find(null, null));

    private static uint? Find(string way, Socket client, Socket server)
    {
        Assert.True(client.Connected);
        return SocketOwner.Find((IPEndPoint)server.RemoteEndPoint!, (IPEndPoint)server.LocalEndPoint!, _ways[way], null);
    }

    private Socket Listen(IPAddress address)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(listener);
        if (address.Equals(IPAddress.IPv6Any))
        {
            listener.DualMode = true;
        }

        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        return listener;
    }

    private (Socket Client, Socket Server) Connect(IPAddress listen, IPAddress connect, uint user)
    {
        var listener = Listen(listen);
        Socket? client = null;
        Unprivileged.Run(
            () =>
            {
                client = new Socket(connect.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                if (connect.IsIPv4MappedToIPv6)
                {
                    client.DualMode = true;
                }

                client.Connect(new IPEndPoint(connect, ((IPEndPoint)listener.LocalEndPoint!).Port));
            },
            user);
        var server = listener.Accept();
        _sockets.AddRange([client!, server]);
        return (client!, server);
    }
}

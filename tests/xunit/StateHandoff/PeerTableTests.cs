using System.Net.Sockets;

using Aeterna.StateHandoff;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.StateHandoff;

/// <summary>Who is the provider of a generation when two say so.</summary>
public sealed class PeerTableTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly PeerTable _peers = new();
    private readonly List<Socket> _clients = [];

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _peers.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void There_is_one_provider_and_the_end_of_it_makes_room_before_it_is_told()
    {
        var (first, second) = (Connect(), Connect());
        Assert.True(_peers.TryFreeAsProvider(first));
        Assert.False(_peers.TryFreeAsProvider(second));

        _clients[0].Dispose();
        Assert.True(_peers.TryFreeAsProvider(second));
        Assert.Same(second, _peers.Claim(peer => peer.IsProviderOf(1)));
        first.Dispose();
    }

    /// <summary>A handoff that has the connection closes it when it is done with it.</summary>
    [Fact]
    public void A_provider_that_a_handoff_has_stays_in_the_table_until_it_is_closed()
    {
        var (first, second) = (Connect(), Connect());
        Assert.True(_peers.TryFreeAsProvider(first));
        Assert.Same(first, _peers.Claim(peer => peer.IsProviderOf(1)));

        _clients[0].Dispose();
        Assert.True(_peers.TryFreeAsProvider(second));
        Assert.True(_peers.Has(peer => ReferenceEquals(peer, first)));
    }

    private Peer Connect()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = _scratch[$"{_clients.Count}.sock"];
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _clients.Add(client);
        client.Connect(new UnixDomainSocketEndPoint(path));
        var peer = new Peer(listener.Accept(), Environment.ProcessId, 1, default);
        Assert.True(_peers.TryAdd(peer));
        return peer;
    }
}

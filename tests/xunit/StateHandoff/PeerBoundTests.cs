using System.Net.Sockets;
using System.Text;

using Aeterna.StateHandoff;
using Aeterna.Tests.Support;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace Aeterna.Tests.StateHandoff;

/// <summary>How many connections the state socket keeps: of a service, and with those that are on their way out.</summary>
public sealed class PeerBoundTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly List<Socket> _clients = [];
    private readonly ManualTime _time = new();
    private readonly PeerTable _peers = new();

    public void Dispose()
    {
        _peers.Dispose();
        _clients.ForEach(c => c.Dispose());
        _scratch.Dispose();
    }

    [Fact]
    public async Task One_more_than_it_keeps_is_told_so_and_is_served_when_another_has_gone()
    {
        using var door = Open(1);
        for (var i = 0; i < PeerTable.Most; i++)
        {
            Connect();
        }

        await Waiting.Until(() => Count() == PeerTable.Most);
        Assert.Contains($"there are {PeerTable.Most} connections already", await Rest(Connect()).Bounded(), StringComparison.Ordinal);
        Assert.Equal(PeerTable.Most, Count());

        _clients[0].Dispose();
        await Waiting.Until(() => Count() == PeerTable.Most - 1);
        Connect();
        await Waiting.Until(() => Count() == PeerTable.Most);
    }

    /// <summary>A stranger is looked at for a while: he could be a process that was started just now.</summary>
    [Fact]
    public async Task More_strangers_than_it_looks_at_are_closed_without_a_word_and_the_door_is_open_afterwards()
    {
        using var door = Open(null);
        var seen = Enumerable.Range(0, StateDoor.MostSockets).Select(_ => Rest(Connect())).ToList();
        var beyond = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Rest(Connect()))).Bounded();
        Assert.All(beyond, a => Assert.Equal("", a));
        Assert.DoesNotContain(seen, s => s.IsCompleted);

        Assert.All(await Patiently(Task.WhenAll(seen)), a => Assert.Contains("stranger", a, StringComparison.Ordinal));
        while (await Patiently(Rest(Connect())) is var answer && !answer.Contains("stranger", StringComparison.Ordinal))
        {
            Assert.Equal("", answer); // The last of those before is not off the books yet.
        }

        Assert.Equal(0, Count());
    }

    private StateDoor Open(int? generation)
    {
        var farewell = new PeerFarewell(_time, NullLogger.Instance);
        var prospects = new Prospects(_peers, farewell, NullLogger.Instance);
        prospects.Serves(1);
        var introduction = new Introduction(_peers, new IdlePeers(_peers, farewell), prospects, farewell, _time, NullLogger.Instance);
        var door = new StateDoor(_ => generation, introduction.Welcome, farewell, _time, NullLogger.Instance);
        door.Open(_scratch["s"], null, FrameLimits.For(1 << 20));
        return door;
    }

    private int Count()
    {
        var count = 0;
        _peers.Has(_ => ++count < 0);
        return count;
    }

    // Lets the clock go on until something has come about.
    private async Task<T> Patiently<T>(Task<T> what)
    {
        while (!what.IsCompleted)
        {
            _time.Advance(StateDoor.Look);
            await Task.WhenAny(what, Task.Delay(1));
        }

        return await what;
    }

    private Socket Connect()
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _clients.Add(client);
        client.Connect(new UnixDomainSocketEndPoint(_scratch["s"]));
        return client;
    }

    private static async Task<string> Rest(Socket client)
    {
        using var all = new MemoryStream();
        try
        {
            await using var stream = new NetworkStream(client);
            await stream.CopyToAsync(all);
        }
        catch (IOException)
        {
            // Closed while it had not read.
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }
}

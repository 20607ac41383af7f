using System.Net.Sockets;
using System.Text;

using Aeterna.StateHandoff;
using Aeterna.Tests.Support;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace Aeterna.Tests.StateHandoff;

/// <summary>How many connections the state socket keeps: of a service, and with those that are on their way out.</summary>
public sealed class DeskBoundTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly List<Socket> _clients = [];

    public void Dispose()
    {
        _clients.ForEach(c => c.Dispose());
        _scratch.Dispose();
    }

    [Fact]
    public async Task One_more_than_it_keeps_is_told_so_and_is_served_when_another_has_gone()
    {
        using var desk = Open(1);
        desk.PushAwaited = 1; // So that those who say nothing are not sent away.
        for (var i = 0; i < StateDesk.MostPeers; i++)
        {
            Connect();
        }

        await Waiting.Until(() => Count(desk) == StateDesk.MostPeers);
        Assert.Contains($"there are {StateDesk.MostPeers} connections already", await Rest(Connect()).Bounded(), StringComparison.Ordinal);
        Assert.Equal(StateDesk.MostPeers, Count(desk));

        _clients[0].Dispose();
        await Waiting.Until(() => Count(desk) == StateDesk.MostPeers - 1);
        Connect();
        await Waiting.Until(() => Count(desk) == StateDesk.MostPeers);
    }

    [Fact]
    public async Task Of_a_flood_of_strangers_most_are_closed_without_a_word_and_the_door_is_open_afterwards()
    {
        // A stranger is looked at for half a second: he could be a process that was started just now.
        using var desk = Open(null);
        var wordless = 0;
        for (var flood = 0; wordless == 0; flood++)
        {
            Assert.True(flood < 50);
            var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => Rest(Connect()))).Bounded();
            Assert.All(answers, a => Assert.True(a == "" || a.Contains("stranger", StringComparison.Ordinal), a));
            wordless += answers.Count(a => a == "");
            _clients.ForEach(c => c.Dispose());
        }

        Assert.Contains("stranger", await Rest(Connect()).Bounded(), StringComparison.Ordinal);
        Assert.Equal(0, Count(desk));
    }

    private StateDesk Open(int? generation)
    {
        var desk = new StateDesk(_ => generation, NullLogger.Instance);
        desk.Serves(1);
        desk.Open(_scratch["s"], null, FrameLimits.For(1 << 20));
        return desk;
    }

    private static int Count(StateDesk desk)
    {
        var count = 0;
        desk.Has(_ => ++count < 0);
        return count;
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

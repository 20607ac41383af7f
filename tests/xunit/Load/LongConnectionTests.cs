using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Xunit;

namespace Aeterna.Tests.Load;

public class LongConnectionTests
{
    // Ticks without room for a message: by then the buffers of both ends have stopped growing.
    private const int LongBlocked = 1500;

    [Fact]
    public async Task Sends_whole_numbered_messages_in_both_framings()
    {
        using var peer = new TcpPeer(null);
        using var server = new TcpPeer(peer.ReadAll);
        var report = await LoadSupport.RunUntil(Plan(server.EndPoint, 7, 2000), r => r.Senders[0].Messages >= 1000);
        var sender = report.Senders[0];
        Assert.Equal((7, 7), (sender.Attempted, sender.Connected));
        Assert.Equal(0, sender.Reset + sender.ClosedByPeer + sender.NotClosed + sender.Refused + sender.Local);
        await LoadSupport.Until(() => peer.Received.Count == 7);
        var frames = peer.Received.SelectMany(Frames.Split).ToList();
        Assert.Contains(frames, f => f.OctetCounted);
        Assert.Contains(frames, f => !f.OctetCounted);
        Assert.Equal(sender.Messages, frames.Count);
        foreach (var connection in peer.Received)
        {
            var numbers = Frames.Split(connection).Select(f => Frames.Read(f.Text).Number).ToList();
            Assert.Equal(Enumerable.Range(1, numbers.Count).Select(n => (long)n), numbers);
        }
    }

    [Fact]
    public async Task Counts_resets_and_connects_again_as_another_connection_of_its_source()
    {
        var seen = new ConcurrentBag<(string Source, long Connection)>();
        using var server = new TcpPeer(async socket =>
        {
            var buffer = new byte[64 * 1024];
            for (var held = 0; !Frames.Split(buffer[..held]).Any();)
            {
                held += await socket.ReceiveAsync(buffer.AsMemory(held));
                foreach (var frame in Frames.Split(buffer[..held]).Take(1))
                {
                    var message = Frames.Read(frame.Text);
                    seen.Add((message.Source, message.Connection));
                }
            }

            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        });
        var sender = (await LoadSupport.RunUntil(Plan(server.EndPoint, 3, 300), r => r.Senders[0].Reset >= 12 && seen.Count >= 12)).Senders[0];
        Assert.True(sender.Connected > 3, $"{sender.Connected} connections");
        Assert.Equal(0, sender.Local);
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Fact]
    public async Task Counts_a_connection_that_the_peer_ends()
    {
        using var server = new TcpPeer(socket =>
        {
            socket.Shutdown(SocketShutdown.Send);
            return Task.CompletedTask;
        });
        var sender = (await LoadSupport.RunUntil(Plan(server.EndPoint, 2, 100), r => r.Senders[0].ClosedByPeer >= 6)).Senders[0];
        Assert.Equal(0, sender.Reset);
    }

    [Fact]
    public async Task Counts_as_sent_what_a_peer_that_does_not_read_could_still_read()
    {
        var accepted = new TaskCompletionSource<Socket>();
        using var server = new TcpPeer(socket =>
        {
            accepted.TrySetResult(socket);
            return Task.CompletedTask;
        });
        var report = await LoadSupport.RunUntil(Plan(server.EndPoint, 1, 50_000, TimeSpan.FromMilliseconds(500)), r => r.Senders[0].HeldBack > LongBlocked);
        Assert.Equal((0, 1), (report.Senders[0].Reset, report.Senders[0].NotClosed));
        var source = Assert.Single(report.Sources);
        Assert.NotEmpty(source.Unsent);

        using var peer = new TcpPeer(null);
        await peer.ReadAll(await accepted.Task);
        var whole = Frames.Split(Assert.Single(peer.Received)).Select(f => Frames.Read(f.Text).Number);
        Assert.Equal(Enumerable.Range(1, (int)source.Last).Select(n => (long)n).Except(source.Unsent), whole);
    }

    private static LoadPlan Plan(IPEndPoint target, int connections, double rate, TimeSpan? limit = null) => new()
    {
        Duration = TimeSpan.FromMinutes(1),
        LongConnections = new LongConnectionPlan(target, connections, rate) { Limit = limit ?? TimeSpan.FromSeconds(20) },
    };
}

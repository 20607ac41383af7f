using System.Net;
using System.Net.Sockets;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Xunit;

namespace Aeterna.Tests.Load;

public class ShortConnectionTests
{
    [Fact]
    public async Task Counts_what_it_sent_exactly_when_all_goes_well()
    {
        using var peer = new TcpPeer(null);
        using var server = new TcpPeer(peer.ReadAll);
        var report = await LoadSupport.RunUntil(Plan(server.EndPoint, 300), r => r.Senders[0].Connected >= 100);
        var sender = Assert.Single(report.Senders);
        Assert.Equal(sender.Attempted, sender.Connected);
        Assert.Equal(0, sender.Refused + sender.TimedOut + sender.Reset + sender.NotClosed + sender.Local);
        await LoadSupport.Until(() => peer.Received.Count == sender.Connected);
        var messages = peer.Received.SelectMany(Frames.Split).Select(f => Frames.Read(f.Text)).ToList();
        Assert.Equal(sender.Messages, messages.Count);
        Assert.Equal(Enumerable.Range(1, messages.Count).Select(n => (long)n), messages.Select(m => m.Number).Order());
    }

    [Fact]
    public async Task Counts_refusals_and_sends_nothing()
    {
        using var refusing = TcpPeer.Refusing(ProtocolType.Tcp);
        var report = await LoadSupport.RunUntil(Plan((IPEndPoint)refusing.LocalEndPoint!, 300), r => r.Senders[0].Refused >= 20);
        var sender = report.Senders[0];
        Assert.Equal((sender.Attempted, 0, 0), (sender.Refused, sender.Connected, sender.Messages));
        Assert.Equal(sender.Refused, sender.Mishaps.Count);
    }

    [Fact]
    public async Task Counts_resets()
    {
        using var server = new TcpPeer(TcpPeer.Reset);
        var sender = (await LoadSupport.RunUntil(Plan(server.EndPoint, 300), r => r.Senders[0].Reset >= 20)).Senders[0];
        Assert.Equal(sender.Attempted, sender.Reset);
        Assert.Equal(sender.Attempted, sender.Connected);
    }

    [Fact]
    public async Task Takes_back_the_messages_of_a_send_that_failed()
    {
        using var server = new TcpPeer(socket =>
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
            return Task.CompletedTask;
        });

        // Whether the reset comes before the send is a matter of luck: it goes on until it did.
        var report = await LoadSupport.RunUntil(
            Plan(server.EndPoint, 500), r => r.Senders[0].Mishaps.Any(m => m.Detail.Contains("cannot send", StringComparison.Ordinal)));
        var failed = report.Senders[0].Mishaps.Count(m => m.Detail.Contains("cannot send", StringComparison.Ordinal));
        Assert.InRange(report.Sources[0].Unsent.Count, failed, report.Sources[0].Last);
    }

    [Fact]
    public async Task Counts_a_peer_that_does_not_close_and_ends_all_the_same()
    {
        using var server = new TcpPeer(_ => Task.CompletedTask);
        var plan = Plan(server.EndPoint, 100, TimeSpan.FromMilliseconds(500));
        var sender = (await LoadSupport.RunUntil(plan, r => r.Senders[0].NotClosed >= 5)).Senders[0];
        Assert.Equal(sender.Connected, sender.NotClosed);
        Assert.Equal(sender.Attempted, sender.Connected + sender.TimedOut);
    }

    [Fact]
    public async Task Goes_on_at_its_rate_while_connects_wait_and_counts_those_that_time_out()
    {
        using var server = new TcpPeer(serve: null, backlog: 1);
        var plan = Plan(server.EndPoint, 300, TimeSpan.FromSeconds(2));
        await using var run = LoadRun.Start(plan);

        // No connection ends within these; a closed loop would stand still after the first few.
        await LoadSupport.Until(() => run.Report().Senders[0].Attempted >= 100);
        await run.Stop();
        var sender = run.Report().Senders[0];
        Assert.True(sender.TimedOut > 0);
        Assert.Equal(sender.Attempted, sender.Connected + sender.TimedOut);
        Assert.Equal(sender.Connected, sender.NotClosed);
    }

    private static LoadPlan Plan(IPEndPoint target, double rate, TimeSpan? limit = null) => new()
    {
        Duration = TimeSpan.FromMinutes(1),
        ShortConnections = new ShortConnectionPlan(target, rate) { Limit = limit ?? TimeSpan.FromSeconds(20) },
    };
}

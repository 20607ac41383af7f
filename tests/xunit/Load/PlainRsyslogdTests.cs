using Aeterna.Load.Messages;
using Aeterna.Load.Rsyslogd;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Aeterna.Load.Verification;
using Xunit;

namespace Aeterna.Tests.Load;

/// <summary>The whole road, against an rsyslogd without an engine: the example configuration, the senders, the verifier.</summary>
public class PlainRsyslogdTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Every_message_is_found_once_whole_in_order_with_its_true_address()
    {
        using var site = new RsyslogdSite();
        await using var rsyslogd = PlainRsyslogd.Start(site, 1);
        await rsyslogd.Ready(site);
        var report = await LoadSupport.RunUntil(Plan(site), r => r.Senders.All(s => s.Messages >= 300));
        using var verifier = new Verifier(site.OutputPattern, addressFirst: true);
        Assert.True(await Settling.Wait(verifier, report.Sources, _patience, _limit));
        await rsyslogd.Stop();
        verifier.Poll();
        var found = verifier.Report(report.Sources);
        Assert.True(found.Clean, string.Join('\n', found.First));
        Assert.Equal(Protocols.All, found.Protocols.Select(p => p.Protocol));
        Assert.All(report.Senders, s => Assert.Equal(0, s.Refused + s.TimedOut + s.Reset + s.NotClosed + s.ClosedByPeer + s.PathGone + s.Local));
    }

    [Fact]
    public async Task A_plain_stop_and_start_is_seen_by_every_sender()
    {
        using var site = new RsyslogdSite();
        await using var first = PlainRsyslogd.Start(site, 1);
        await first.Ready(site);
        await using var run = LoadRun.Start(Plan(site));
        await LoadSupport.Until(() => run.Report().Senders.All(s => s.Messages >= 300));
        await first.Stop();
        await LoadSupport.Until(() => Of(run, Protocol.TcpShort).Refused > 0 && Of(run, Protocol.Unix).PathGone > 0 && Of(run, Protocol.Udp).Refused > 0);
        await using var second = PlainRsyslogd.Start(site, 2);
        await second.Ready(site);
        var before = Of(run, Protocol.Unix).Messages;
        await LoadSupport.Until(() => Of(run, Protocol.Unix).Messages > before && Of(run, Protocol.TcpLong).Connected >= 20);
        await run.Stop();

        var report = run.Report();
        Assert.True(Of(run, Protocol.TcpLong).Reset + Of(run, Protocol.TcpLong).ClosedByPeer >= 10);
        using var verifier = new Verifier(site.OutputPattern, addressFirst: true);
        await Settling.Wait(verifier, report.Sources, TimeSpan.FromSeconds(2), _limit);
        var found = verifier.Report(report.Sources);
        Assert.True(found.Of(Protocol.Udp)!.Lost > 0);
        Assert.Equal(0, found.Doubled);
    }

    private static SenderReport Of(LoadRun run, Protocol protocol) => run.Report().Senders.Single(s => s.Protocol == protocol);

    private static LoadPlan Plan(RsyslogdSite site) => new()
    {
        Duration = TimeSpan.FromMinutes(1),
        ShortConnections = new ShortConnectionPlan(site.EndPoint, 100),
        LongConnections = new LongConnectionPlan(site.EndPoint, 10, 500),
        Udp = new UdpPlan(site.EndPoint, 500),
        Unix = new UnixPlan(site.UnixPath, 300),
    };
}

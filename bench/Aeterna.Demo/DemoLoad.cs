using Aeterna.Load.Rsyslogd;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Aeterna.Load.Verification;

namespace Aeterna.Demo;

/// <summary>The load of both parts, and what came of it.</summary>
internal static class DemoLoad
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    public const string Text =
        "100 TCP connections that stay, 5,000 messages a second; 200 short ones, 5,000 UDP and 1,000 unix datagrams a second; one file";

    public static LoadRun Start(RsyslogdSite site) => LoadRun.Start(new LoadPlan
    {
        Duration = _longest,
        LongConnections = new LongConnectionPlan(site.EndPoint, 100, 5000),
        ShortConnections = new ShortConnectionPlan(site.EndPoint, 200),
        Udp = new UdpPlan(site.EndPoint, 5000),
        Unix = new UnixPlan(site.UnixPath, 1000),
    });

    /// <summary>Stops the load, waits until all is written, and compares.</summary>
    public static async Task<Outcome> End(LoadRun run, RsyslogdSite site, IReadOnlyList<TimeSpan> kills)
    {
        await run.Stop().ConfigureAwait(false);
        var report = run.Report();
        using var verifier = new Verifier(site.OutputPattern, addressFirst: true);
        await Settling.Wait(verifier, report.Sources, _patience, _limit).ConfigureAwait(false);
        var ledgers = run.Ledgers.ToDictionary(l => l.Id);
        var lost = verifier.Lost(report.Sources).Select(l => (l.Protocol, ledgers[l.Source].SentAt(l.Number))).ToList();
        return new Outcome(report, verifier.Report(report.Sources), lost, kills);
    }
}

using Aeterna.Load.Rsyslogd;
using Aeterna.Load.Running;
using Aeterna.Load.Verification;

namespace Aeterna.Tests.EndToEnd;

/// <summary>How much of a load this machine carries at this time with no engine in between: of what it does not, no engine is to blame.</summary>
internal static class Capacity
{
    /// <summary>The engine's own work is at most about half of rsyslogd's and the clients'.</summary>
    private const double WithEngine = 1.5;
    private const double Reached = 0.95;
    private const double LongestMs = 1000;
    private const double Least = 1.0 / 16;
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(2);

    /// <summary>A plan of the load that is carried: the whole, or as often half of it as it takes until a plain rsyslogd gets all of it in time.</summary>
    /// <param name="site">Where the plan is to go.</param>
    /// <param name="wanted">The whole load on a site.</param>
    public static async Task<LoadPlan> Carried(RsyslogdSite site, Func<RsyslogdSite, LoadPlan> wanted)
    {
        for (var share = 1.0; ; share /= 2)
        {
            if (share <= Least || await IsCarried(plain => Scaled(wanted(plain), share * WithEngine) with { Duration = _look }))
            {
                return Scaled(wanted(site), share);
            }
        }
    }

    private static async Task<bool> IsCarried(Func<RsyslogdSite, LoadPlan> plan)
    {
        using var site = new RsyslogdSite();
        await using var rsyslogd = PlainRsyslogd.Start(site, 1);
        await rsyslogd.Ready(site);
        var load = plan(site);
        await using var run = LoadRun.Start(load);
        await run.Completion;
        var report = run.Report();
        using var verifier = new Verifier(site.OutputPattern, addressFirst: true);
        await Settling.Wait(verifier, report.Sources, TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1));
        return verifier.Report(report.Sources).Clean && report.Senders.All(sender =>
            sender is { Refused: 0, Reset: 0, TimedOut: 0, ClosedByPeer: 0, NotClosed: 0, HeldBack: 0 }
            && sender.LongestMs < LongestMs && sender.LatestMs < LongestMs)
            && (load.ShortConnections is not { } shorts
                || report.Senders.Single(s => s.Protocol == Aeterna.Load.Messages.Protocol.TcpShort).Attempted >= Reached * shorts.Rate * _look.TotalSeconds);
    }

    private static LoadPlan Scaled(LoadPlan plan, double share) => plan with
    {
        ShortConnections = plan.ShortConnections is { } shorts ? shorts with { Rate = shorts.Rate * share } : null,
        LongConnections = plan.LongConnections is { } longs ? longs with { Rate = longs.Rate * share } : null,
        Udp = plan.Udp is { } udp ? udp with { Rate = udp.Rate * share } : null,
        Unix = plan.Unix is { } unix ? unix with { Rate = unix.Rate * share } : null,
    };
}

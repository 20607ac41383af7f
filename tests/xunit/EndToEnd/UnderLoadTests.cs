using Aeterna.Contract;
using Aeterna.Load.Rsyslogd;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Aeterna.Load.Verification;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>The main job: a stock rsyslogd is replaced again and again, and its clients do not notice.</summary>
[Collection(Alone.Name)]
public class UnderLoadTests
{
    [RootFact]
    public Task Fifty_reloads_at_up_to_200_connections_a_second() => Run(reloads: 50, connectionsPerSecond: 200);

    /// <summary>Lower rates do not show the races between accepting and handing over.</summary>
    [RootFact]
    public Task Ten_reloads_at_up_to_2500_connections_a_second() => Run(reloads: 10, connectionsPerSecond: 2500);

    private static async Task Run(int reloads, int connectionsPerSecond)
    {
        using var site = new RsyslogdSite();
        await using var engine = await LiveEngine.Start($$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/sbin/rsyslogd", "-n", "-f", "{{site.ConfigPath}}"] }
            orchestration: { canary: { soak_time: "200ms", switch_timeout: "60s", health_check: { tcp_connect: "tcp://127.0.0.1:{{site.Port}}", interval: "100ms", timeout: "60s" } } }
            """);
        await engine.Reload(); // What the runtime loads on the first time is not counted.
        var before = await Resting(engine);
        await Load(engine, site, reloads, connectionsPerSecond);
        await Temp.Until(
            () => engine.Holdings() is var now && now.Children == before.Children && now.Descriptors <= before.Descriptors,
            $"the engine holds {before} again; it holds {engine.Holdings()}");
        Assert.All(await engine.Records(), r => Assert.Equal(Verdict.Succeeded, r.Verdict));
    }

    private static async Task Load(LiveEngine engine, RsyslogdSite site, int reloads, int connectionsPerSecond)
    {
        var run = LoadRun.Start(await Capacity.Carried(site, s => new LoadPlan
        {
            Duration = TimeSpan.FromMinutes(10),
            ShortConnections = new ShortConnectionPlan(s.EndPoint, connectionsPerSecond),
            Udp = new UdpPlan(s.EndPoint, 300), // What comes in half a minute fits into the socket: nobody slows a sender of datagrams down, and the machine may be another's for a while.
            Unix = new UnixPlan(s.UnixPath, 300),
        }));
        await using (run)
        {
            for (var i = 0; i < reloads; i++)
            {
                Assert.True(File.Exists(site.UnixPath));
                var record = await engine.Reload();
                Assert.True(record.Verdict == Verdict.Succeeded, $"reload {i}: {record.Message}\n{engine.Log}");
            }

            await run.Stop();
            var report = run.Report();
            using var verifier = new Verifier(site.OutputPattern, addressFirst: true);
            await Settling.Wait(verifier, report.Sources, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
            var result = verifier.Report(report.Sources);
            var said = $"{report.ToJson()}\n{string.Join('\n', result.First)}\n{engine.Log}\n{(await engine.Status()).Relay}";
            Assert.All(report.Senders, sender => Assert.True(sender.Refused == 0 && sender.TimedOut == 0 && sender.PathGone == 0 && sender.Local == 0, said));
            Assert.Equal(3, result.Protocols.Count);
            Assert.All(result.Protocols, protocol => Assert.True(protocol is { Sent: > 100, Lost: 0, Doubled: 0 } && result.Torn == 0, said));
        }
    }

    /// <summary>What the engine holds when only the spare launcher runs beside the service.</summary>
    private static async Task<(int Descriptors, string Children)> Resting(LiveEngine engine)
    {
        await Temp.Until(() => engine.Holdings().Children == "aeterna rsyslogd", $"only the service and the spare launcher run: {engine.Holdings().Children}");
        return engine.Holdings();
    }
}

using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Load.Rsyslogd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>The record of an attempt says what came in during it, and who got it.</summary>
public class AccountingTests
{
    [RootFact]
    public async Task What_came_in_is_what_the_old_and_the_new_one_got()
    {
        using var site = new RsyslogdSite();
        await using var engine = await LiveEngine.Start($$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/sbin/rsyslogd", "-n", "-f", "{{site.ConfigPath}}"] }
            orchestration:
              pre_flight: [ { name: "may go on", command: ["/bin/sh", "-c", "while test -e FOLDER/hold; do sleep 0.01; done"], timeout: 60s } ]
              canary: { soak_time: "10m", traffic: exclusive, switch_timeout: "60s" }
            """);
        using var client = new TcpClient("127.0.0.1", site.Port);
        var sent = 0;
        await Send(3); // Before: not counted.

        File.WriteAllText($"{engine.Folder}/hold", "");
        var id = await engine.BeginReload();
        await engine.Until(s => s.FsmState == FsmState.PreChecking, "the old one serves on");
        await Send(4);
        File.Delete($"{engine.Folder}/hold");
        await Temp.Until(() => engine.Log.Contains("generation 2 has all traffic", StringComparison.Ordinal), "the new one has the traffic");
        await Send(7);
        Assert.Equal(202, (await engine.Ask(HttpMethod.Post, Routes.Rollback)).Status);

        var record = await engine.Finished(id);
        Assert.Equal(Verdict.RolledBack, record.Verdict);
        var counts = record.TrafficCounts!;
        Assert.Equal((11, 0, 0), (counts.FramesIn, counts.Lost, counts.WaitingBytes));
        Assert.Equal([(1, 4), (2, 7)], counts.Given.Select(given => (given.Generation, given.Frames)));
        Assert.Equal(counts.BytesIn, counts.Given.Sum(given => given.Bytes));

        async Task Send(int messages)
        {
            for (var i = 0; i < messages; i++)
            {
                client.Client.Send(Encoding.ASCII.GetBytes($"<13>Nov 22 10:00:00 host test: number {sent++} of them\n"));
            }

            var last = $"number {sent - 1} of them";
            await Temp.Until(() => Directory.GetFiles(site.Folder, "messages*.log").Any(file => File.ReadAllText(file).Contains(last, StringComparison.Ordinal)), $"{last} is written");
        }
    }
}

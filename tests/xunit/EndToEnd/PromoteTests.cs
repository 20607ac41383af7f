using System.Text.Json;

using Aeterna.Contract;
using Aeterna.Load.Rsyslogd;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A soak of a stock rsyslogd that is ended before its time.</summary>
public sealed class PromoteTests
{
    [RootFact]
    public async Task Under_load_nothing_is_lost_and_the_record_says_who_it_was()
    {
        await using var site = await LoadedSite.Start("soak_time: \"10m\"");
        await site.Load(connections: 50, rate: 2000, udp: 0); // Datagrams have tests of their own.
        for (var i = 0; i < 3; i++)
        {
            await site.MoreSent();
            var before = await site.Engine.Status();
            var id = await site.Engine.BeginReload();
            await site.Engine.Until(s => s is { FsmState: FsmState.Soaking, Soak.Probes: [_, ..] probes } && probes.All(p => p.Healthy == true), "a round has passed");
            await site.MoreSent();
            await Promoted(site.Engine, id);
            var record = await site.Engine.Finished(id);

            Assert.True(record.Verdict == Verdict.Succeeded, record.Message);
            Assert.StartsWith("uid 0 (root) pid ", record.PromotedBy, StringComparison.Ordinal);
            Assert.EndsWith($" in place of generation {before.Generation} (pid {before.CurrentPid}), promoted by {record.PromotedBy}", record.Message, StringComparison.Ordinal);
            Assert.Equal($"promoted by {record.PromotedBy}", record.Phases.Single(phase => phase.Name == "soak").Detail);
            Assert.True(record.Soak!.EndsAt <= record.FinishedAt, "the soak's end is the one that it had");
            Assert.Equal(record.NewPid, (await site.Engine.Status()).CurrentPid);
        }

        Assert.Contains("promoted by", Shell.Output(LiveEngine.Program, "history", (await site.Engine.Records())[0].Id, "-n", site.Engine.Name), StringComparison.Ordinal);
        await site.SettleCleanly();
    }

    [RootFact]
    public async Task It_is_refused_before_a_round_has_passed_and_waits_for_a_good_one_after_a_bad_one()
    {
        using var site = new RsyslogdSite();
        // The first run is the round before the switch; from the second one on it waits for a file.
        await using var engine = await LiveEngine.Start($$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/sbin/rsyslogd", "-n", "-f", "{{site.ConfigPath}}"] }
            orchestration:
              canary:
                soak_time: "10m"
                switch_timeout: "60s"
                health_check:
                  command: ["/bin/sh", "-c", "if [ -e FOLDER/second ]; then while [ ! -e FOLDER/go ]; do sleep 0.05; done; fi; echo >> FOLDER/second; test ! -e FOLDER/sick"]
                  interval: "20ms"
                  timeout: "60s"
                  failure_threshold: 1000
            """);
        Assert.Contains("no reload is under way", await Refused(engine), StringComparison.Ordinal);
        var id = await engine.BeginReload();
        await engine.Until(s => s is { FsmState: FsmState.Soaking, Soak: not null, Generations: [_, { TrafficPercent: 100 }] }, "the soak has begun");
        Assert.Contains("no round of probes has passed in this soak yet", await Refused(engine), StringComparison.Ordinal);

        File.WriteAllText($"{engine.Folder}/go", "");
        await engine.Until(s => s.Soak is { } soak && soak.Probes.All(p => p is { Healthy: true }) && soak.Probes.Any(p => p.Runs > 1), "a round has passed");
        File.WriteAllText($"{engine.Folder}/sick", "");
        await engine.Until(s => s.Soak is { } soak && soak.Probes.Any(p => p.Healthy == false), "a later one has not");
        await Promoted(engine, id);
        var failures = (await engine.Status()).Soak!.Probes.Max(p => p.ConsecutiveFailures);
        await engine.Until(s => s.Soak!.Probes.Max(p => p.ConsecutiveFailures) > failures + 2, "it goes on as long as a probe is bad");
        Assert.Equal(id, await Promoted(engine, id)); // Asked once more, the same is said.

        File.Delete($"{engine.Folder}/sick");
        var record = await engine.Finished(id);
        Assert.True(record.Verdict == Verdict.Succeeded, record.Message);
        Assert.Contains("no reload is under way", await Refused(engine), StringComparison.Ordinal);
    }

    // That a round has passed is seen before it is known to whoever decides.
    private static async Task<string> Promoted(LiveEngine engine, string id)
    {
        var answer = (Status: 0, Body: "");
        for (var deadline = DateTime.UtcNow.AddSeconds(60); answer.Status != 202 && DateTime.UtcNow < deadline;)
        {
            answer = await engine.Ask(HttpMethod.Post, Routes.Promote);
        }

        Assert.True(answer.Status == 202, answer.Body);
        Assert.Equal(id, JsonSerializer.Deserialize(answer.Body, ContractJson.Default.Accepted)!.Id);
        return id;
    }

    private static async Task<string> Refused(LiveEngine engine)
    {
        var (status, body) = await engine.Ask(HttpMethod.Post, Routes.Promote);
        Assert.Equal(409, status);
        var problem = JsonDocument.Parse(body).RootElement;
        Assert.Equal(ProblemCode.NothingToPromote, problem.GetProperty("code").GetString());
        return problem.GetProperty("detail").GetString()!;
    }
}

using Aeterna.Contract;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>Both generations of a stock rsyslogd get traffic during the soak, by weight, each into a file of its own.</summary>
[Collection(Alone.Name)]
public class SplitTests
{
    private const int Weight = 25;

    [RootFact]
    public async Task The_candidate_gets_its_share_and_gives_it_back()
    {
        await using var site = await LoadedSite.Start($"soak_time: \"10m\", traffic: split, weight: {Weight}%", perGeneration: true);
        await site.Load(connections: 100, rate: 4000, shorts: 100, udp: 2000, unix: 500);
        await site.MoreSent();
        var id = await site.Engine.BeginReload();
        await site.Engine.Until(s => s.FsmState == FsmState.Soaking && s.Soak is not null, "the soak is under way");
        await Temp.Until(
            () => site.Engine.Log.Contains($"generation 2 gets {Weight}% of the traffic, generation 1 the rest", StringComparison.Ordinal), "the share is in force");
        await site.MoreSent(); // What was on its way before.
        var before = Written(site);
        for (var enough = 15_000; enough <= 60_000; enough += 15_000)
        {
            await Temp.Until(() => Written(site) is var now && now.First + now.Second - before.First - before.Second > enough, "enough is written to tell");
        }

        var after = Written(site);
        var share = 100.0 * (after.Second - before.Second) / (after.First + after.Second - before.First - before.Second);
        Assert.InRange(share, Weight - 3, Weight + 3);

        var status = await site.Engine.Status();
        Assert.Equal("split", status.Traffic);
        Assert.Equal(202, (await site.Engine.Ask(HttpMethod.Post, Routes.Rollback)).Status);
        Assert.Equal(Verdict.RolledBack, (await site.Engine.Finished(id)).Verdict);
        await site.MoreSent();
        Assert.Equal(Verdict.RolledBack, (await site.Engine.Records())[0].Verdict);
        await site.SettleCleanly();
    }

    [RootFact]
    public async Task In_the_end_the_candidate_has_it_all()
    {
        await using var site = await LoadedSite.Start($"soak_time: \"300ms\", traffic: split, weight: {Weight}%", perGeneration: true);
        await site.Load();
        for (var i = 0; i < 4; i++)
        {
            await site.MoreSent();
            var record = await site.Engine.Reload();
            Assert.True(record.Verdict == Verdict.Succeeded, record.Message);
        }

        await site.MoreSent();
        await site.SettleCleanly();
    }

    private static (long First, long Second) Written(LoadedSite site) => (Lines(site.Rsyslogd.OutputOf(1)), Lines(site.Rsyslogd.OutputOf(2)));

    private static long Lines(string file) => File.Exists(file) ? File.ReadLines(file).LongCount() : 0;
}

using System.Globalization;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load.Messages;
using Aeterna.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A stock rsyslogd that writes one file is replaced under connections that never end: at any instant one of the two has the traffic.</summary>
/// <remarks>With <c>AETERNA_FULL_SCALE=1</c> in the environment the reloads are twenty, and the load is that of docs/performance.md.</remarks>
[Collection(Alone.Name)]
public class ExclusiveTests(ITestOutputHelper output)
{
    /// <summary>Messages: a read buffer of each connection, and a queue.</summary>
    private const int MostPerKill = 4000;

    private static readonly bool _isFullScale = Environment.GetEnvironmentVariable("AETERNA_FULL_SCALE") == "1";

    [RootFact]
    public Task Reloads_are_not_noticed() => Reloads(null);

    [RootFact]
    public Task Nor_with_buffered_files() => Reloads(text => Replace(
        text, "template=\"line\" fileCreateMode", "template=\"line\" flushOnTXEnd=\"off\" asyncWriting=\"on\" fileCreateMode"));

    /// <summary>It then writes of its own accord when it starts and ends, so that two of them must never run at a time.</summary>
    [RootFact]
    public Task Nor_with_internal_messages() => Reloads(
        text => Replace(text, "net.enableDNS=\"off\")", "net.enableDNS=\"off\" processInternalMessages=\"on\")"), "sequential");

    [RootFact]
    public async Task Nor_are_reloads_that_are_rolled_back_by_a_failing_probe()
    {
        await using var site = await LoadedSite.Start("soak_time: \"60s\"");
        await site.Load();
        for (var i = 0; i < 6; i++)
        {
            await site.MoreSent();
            var before = await site.Engine.Status();
            if (i % 2 == 0)
            {
                File.WriteAllText(site.Sick, ""); // Before the switch.
            }

            var id = await site.Engine.BeginReload();
            if (i % 2 == 1)
            {
                await site.Engine.Until(s => s.FsmState == FsmState.Soaking && s.Soak is not null, "the soak is under way");
                await site.MoreSent();
                File.WriteAllText(site.Sick, "");
            }

            var record = await site.Engine.Finished(id);
            Assert.True(record.Verdict == Verdict.RolledBack, record.Message);
            Assert.Equal(before.CurrentPid, (await site.Engine.Status()).CurrentPid);
            File.Delete(site.Sick);
        }

        await site.MoreSent();
        await site.SettleCleanly();
    }

    [RootFact]
    public async Task A_candidate_killed_on_live_traffic_costs_only_what_it_had_read()
    {
        await using var site = await LoadedSite.Start("soak_time: \"60s\"");
        await site.Load();
        for (var i = 0; i < 4; i++)
        {
            await site.MoreSent();
            var id = await site.Engine.BeginReload();
            var status = await site.Engine.Until(s => s.FsmState == FsmState.Soaking && s.Soak is not null, "the soak is under way");
            await site.MoreSent();
            Assert.Equal(0, LibC.kill(status.CandidatePid!.Value, Signals.SIGKILL));
            Assert.Equal(Verdict.RolledBack, (await site.Engine.Finished(id)).Verdict);
        }

        await site.MoreSent();
        await OnlyWhatWasReadIsMissing(site, kills: 4);
    }

    /// <summary>It is alive, and its health check knows nothing of it.</summary>
    [RootFact]
    public async Task A_candidate_that_is_stopped_on_live_traffic_is_rolled_back_and_nothing_is_lost()
    {
        await using var site = await LoadedSite.Start("soak_time: \"500ms\"");
        await site.Load();
        await site.MoreSent();
        var id = await site.Engine.BeginReload();
        var status = await site.Engine.Until(s => s.FsmState == FsmState.Soaking && s.Soak is not null, "the soak is under way");
        await site.MoreSent(300);
        Assert.Equal(0, LibC.kill(status.CandidatePid!.Value, Signals.SIGSTOP));
        var record = await site.Engine.Finished(id);
        Assert.True(record.Verdict == Verdict.RolledBack, record.Message);
        Assert.Contains("input: it is stopped", record.Message, StringComparison.Ordinal);
        await site.MoreSent();

        // What it had read when it was stopped it writes later, beside the old one; a socket of datagrams holds so many.
        var (report, written, said) = await site.Settle();
        LoadedSite.AssertUnnoticed(report, said);
        Assert.True(written.Doubled == 0 && written.Strangers == 0 && written.WrongAddress == 0 && written.Torn <= 2, said);
        Assert.All(written.Protocols, p => Assert.True(p.Lost <= (p.Protocol == Protocol.Udp ? MostPerKill : 0), said));
    }

    [RootFact]
    public async Task The_active_one_killed_and_started_again_costs_only_what_it_had_read()
    {
        await using var site = await LoadedSite.Start(more: "restart: { backoff: { initial: \"20ms\", max: \"1s\" } }");
        await site.Load();
        for (var i = 0; i < 3; i++)
        {
            await site.MoreSent();
            var status = await site.Engine.Status();
            Assert.Equal(0, LibC.kill(status.CurrentPid, Signals.SIGKILL));
            await site.Engine.Until(s => s.FsmState == FsmState.Running && s.CurrentPid != status.CurrentPid, "the next one serves");
        }

        await site.MoreSent();
        await OnlyWhatWasReadIsMissing(site, kills: 3);
    }

    private async Task Reloads(Func<string, string>? edit, string traffic = "exclusive")
    {
        await using var site = await LoadedSite.Start(edit: edit);
        if (_isFullScale)
        {
            site.LoadFully(connections: 500, rate: 20_000, shorts: 200, udp: 5000, unix: 1000);
        }
        else
        {
            await site.Load();
        }

        List<double> pauses = [];
        for (var i = 0; i < (_isFullScale ? 20 : 8); i++)
        {
            await site.MoreSent(_isFullScale ? 20_000 : 3000);
            var record = await site.Engine.Reload();
            Assert.True(record.Verdict == Verdict.Succeeded, $"reload {i}: {record.Message}\n{site.Engine.Log}");
            Assert.Equal(traffic, record.Traffic);
            pauses.Add(record.PausedMs!.Value);
        }

        output.WriteLine($"paused for ms: {string.Join(' ', pauses.Order().Select(p => p.ToString("F1", CultureInfo.InvariantCulture)))}");

        await site.MoreSent();
        await site.SettleCleanly();
    }

    // A killed rsyslogd takes along what it has read and not written: a read buffer and its queue, and cuts a line that it was writing.
    private static async Task OnlyWhatWasReadIsMissing(LoadedSite site, int kills)
    {
        var (report, written, said) = await site.Settle();
        LoadedSite.AssertUnnoticed(report, said);
        Assert.True(written.Doubled == 0 && written.Strangers == 0 && written.OutOfOrder == 0 && written.WrongAddress == 0, said);
        Assert.True(written.Torn <= 2 * kills, said);
        Assert.True(written.Lost <= MostPerKill * kills, said);
        Assert.All(written.Protocols.Where(p => p.Protocol == Protocol.TcpLong), p => Assert.True(p.Written > p.Sent / 2, said));
    }

    private static string Replace(string text, string from, string to)
    {
        Assert.Contains(from, text, StringComparison.Ordinal);
        return text.Replace(from, to, StringComparison.Ordinal);
    }
}

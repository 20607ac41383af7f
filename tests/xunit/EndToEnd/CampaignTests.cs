using System.Diagnostics;
using System.Globalization;
using System.Text;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load.Messages;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>
/// What happens to a service in a year, in random order and under load: nothing of it may cost a message, refuse a client, or leave something behind.
/// </summary>
/// <remarks>
/// <c>make soak</c> runs it for longer: <c>SOAK_ROUNDS</c> says how many things happen, <c>SOAK_SEED</c> in which order. The table of what was done goes to the file that
/// <c>SOAK_TABLE</c> names.
/// </remarks>
[Collection(Alone.Name)]
public sealed class CampaignTests
{
    /// <summary>Beyond once each, so that an order of every kind comes about in time.</summary>
    private const int FewMore = 4;

    private static readonly TimeSpan _while = TimeSpan.FromMilliseconds(300);

    private readonly int _seed = Number("SOAK_SEED") ?? Environment.TickCount;
    private int _stalls;
    private readonly List<double> _pauses = [];
    private readonly List<double> _deaths = [];
    private readonly SortedDictionary<string, (int Times, double Longest)> _done = new(StringComparer.Ordinal);

    [RootFact]
    public async Task Whatever_happens_nothing_is_lost_and_nothing_is_left_behind()
    {
        var kept = Kept.WhyNot is null;
        await using var site = await LoadedSite.Start(kept: kept);
        (string Name, Func<LoadedSite, Task> Do)[] happenings =
        [
            ("a reload", async s => await Reload(s, Verdict.Succeeded)),
            ("a reload that a probe fails", SickReload),
            ("a reload to one that trusts none of its clients", UntrustingReload),
            ("three SIGHUPs at once", Hangups),
            ("an upgrade of the engine", async s => await Upgrade(s, null, Verdict.Succeeded)),
            ("an upgrade whose program cannot go on", async s => await Upgrade(s, TestEngine.ThatGivesBack(s.Engine.Folder), Verdict.RolledBack)),
            ("an upgrade to what is no engine", RefusedUpgrade),
            ("the service stopped for a while", s => Stopped(async () => (await s.Engine.Status()).CurrentPid)),
            ("the engine stopped for a while", s => Stopped(async () => (await s.Engine.Status()).EnginePid)),
            ("no descriptor left for a while", Starve),
            ("a full disk under the history", FullDisk),
            ("a candidate killed before it has traffic", Kill),
            ("clients that stall in the midst of a message", Stall),
            .. kept ? [("the engine killed", Die)] : Array.Empty<(string, Func<LoadedSite, Task>)>(),
        ];
        await Reload(site, Verdict.Succeeded); // What the runtime loads on the first time is not counted.
        await Upgrade(site, null, Verdict.Succeeded);
        var (before, threads, rss) = (site.Engine.Holdings(), Threads(site), Rss(site));
        var held = site.Engine.Held();
        await site.Load();
        foreach (var (name, happen) in Course(happenings))
        {
            await site.MoreSent(500);
            var since = Stopwatch.StartNew();
            try
            {
                await happen(site);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{name} went wrong (SOAK_SEED={_seed}): {e.Message}\n{site.Engine.Log}", e);
            }

            var (times, longest) = _done.GetValueOrDefault(name);
            _done[name] = (times + 1, Math.Max(longest, since.Elapsed.TotalSeconds));
        }

        await site.MoreSent(500);
        var (report, written, said) = await site.Settle();
        Tell($"{written.Protocols.Sum(p => p.Sent)} messages: {written.Lost} lost, {written.Doubled} doubled, {written.Torn} torn, {written.OutOfOrder} out of order; "
            + $"resident memory {rss >> 10} KiB before, {Rss(site) >> 10} KiB after");
        LoadedSite.AssertUnnoticed(report, $"SOAK_SEED={_seed}\n{said}");

        // Of unix datagrams the one that a dying engine has in hand is lost.
        Assert.True(written.Lost <= _deaths.Count && written.Protocols.All(p => p.Lost == 0 || p.Protocol == Protocol.Unix), $"SOAK_SEED={_seed}\n{said}");
        Assert.True(written is { Doubled: 0, Torn: 0, OutOfOrder: 0 } && written.CutFiles.Count == 0, $"SOAK_SEED={_seed}\n{said}");
        await Reload(site, Verdict.Succeeded); // An engine that has gone on after a death watches over processes that are not its children.
        try
        {
            await Temp.Until(
                () => site.Engine.Holdings() is var now && now.Children == before.Children && now.Descriptors <= before.Descriptors && Threads(site).Count <= threads.Count,
                "the engine holds what it held before");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(
                $"{e.Message} (SOAK_SEED={_seed}): {before} and {threads.Count} threads; it holds {site.Engine.Holdings()}\nthreads before: {string.Join(", ", threads.Order())}\nnow: {string.Join(", ", Threads(site).Order())}\n"
                + $"descriptors before:\n{held}\nnow:\n{site.Engine.Held()}\n{site.Engine.Log}");
        }
    }

    /// <summary>All of them in some order, and then more at random; with <c>SOAK_ONLY</c> those whose names have it in them.</summary>
    private IEnumerable<T> Course<T>(IReadOnlyList<T> happenings)
        where T : notnull
    {
        var random = new Random(_seed);
        T[] some = [.. happenings.Where(h => $"{h}".Contains(Environment.GetEnvironmentVariable("SOAK_ONLY") ?? "", StringComparison.Ordinal))];
        var rounds = Number("SOAK_ROUNDS") ?? some.Length + FewMore;
        random.Shuffle(some);
        return some.Concat(Enumerable.Range(0, rounds).Select(_ => some[random.Next(some.Length)])).Take(rounds);
    }

    private async Task Die(LoadedSite site)
    {
        var before = await site.Engine.Until(s => s.Keeper is { Ready: true }, "the engine is guarded");
        var since = Stopwatch.StartNew();
        var after = await site.Engine.Kill();
        _deaths.Add(since.Elapsed.TotalMilliseconds);
        Assert.Equal((before.CurrentPid, before.Keeper!.Deaths + 1), (after.CurrentPid, after.Keeper!.Deaths));
        if (after.Warnings.Any(warning => warning.Contains("three times within a minute", StringComparison.Ordinal)))
        {
            await Upgrade(site, null, Verdict.Succeeded); // Another program may be reloaded under again.
        }
    }

    private static async Task<ReloadRecord> Reload(LoadedSite site, string verdict)
    {
        var record = await site.Engine.Reload();
        Assert.True(record.Verdict == verdict, record.Message);
        return record;
    }

    private static async Task SickReload(LoadedSite site)
    {
        var pid = (await site.Engine.Status()).CurrentPid;
        File.WriteAllText(site.Sick, "");
        await Reload(site, Verdict.RolledBack);
        File.Delete(site.Sick);
        Assert.Equal(pid, (await site.Engine.Status()).CurrentPid);
    }

    private static async Task UntrustingReload(LoadedSite site)
    {
        var text = File.ReadAllText(site.Rsyslogd.ConfigPath);
        File.WriteAllText(site.Rsyslogd.ConfigPath, text + "\n$AllowedSender TCP, 127.0.0.99\n");
        await Reload(site, Verdict.RolledBack);
        File.WriteAllText(site.Rsyslogd.ConfigPath, text);
    }

    private static async Task Kill(LoadedSite site)
    {
        var before = await site.Engine.Status();
        File.WriteAllText(site.Hold, "");
        var id = await site.Engine.BeginReload();
        var status = await site.Engine.Until(s => s is { FsmState: FsmState.Soaking, CandidatePid: not null }, "its health is asked for, and it has no traffic before that is known");
        Assert.Equal(before.CurrentPid, status.CurrentPid);
        Assert.Equal(0, LibC.kill(status.CandidatePid!.Value, Signals.SIGKILL));
        File.Delete(site.Hold);
        var record = await site.Engine.Finished(id);
        Assert.True(record.Verdict == Verdict.RolledBack, record.Message);
        Assert.Equal(before.CurrentPid, (await site.Engine.Status()).CurrentPid);
    }

    /// <summary>Each has half of a message there while the program and then the engine is replaced. The load's account passes over what looks like rsyslogd's own words.</summary>
    private async Task Stall(LoadedSite site)
    {
        var mark = $"[origin software=\"rsyslogd\" stalled=\"{_stalls++}\"";
        var clients = Enumerable.Range(0, 20).Select(_ => site.Connect()).ToList();
        clients.ForEach(c => c.Send(Encoding.ASCII.GetBytes($"<13>Nov 30 10:00:00 host stalled: {mark[..20]}")));
        await Reload(site, Verdict.Succeeded);
        await Upgrade(site, null, Verdict.Succeeded);
        clients.ForEach(c => c.Send(Encoding.ASCII.GetBytes($"{mark[20..]}]\n")));
        await Temp.Until(() => Directory.GetFiles(site.Rsyslogd.Folder, "messages*.log").Sum(f => File.ReadLines(f).Count(l => l.EndsWith(mark + "]", StringComparison.Ordinal))) == clients.Count, "each is written once and whole");
        clients.ForEach(c => c.Dispose());
    }

    private static async Task Hangups(LoadedSite site)
    {
        var before = (await site.Engine.Records())[0].Number;
        for (var i = 0; i < 3; i++)
        {
            site.Engine.Signal("HUP");
        }

        await site.Engine.Until(s => s.FsmState == FsmState.Running && s.LastReload!.Number > before, "a reload has followed");
        await site.Engine.Until(s => s.FsmState == FsmState.Running && s.ReloadId is null, "all are over");
    }

    private async Task Upgrade(LoadedSite site, string? program, string verdict)
    {
        var before = await site.Engine.Status();
        var report = await site.Engine.Upgrade(program);
        Assert.True(report.Verdict == verdict, report.Reason);
        _pauses.Add(report.PausedMs);
        var after = await site.Engine.Status();
        Assert.Equal((before.CurrentPid, before.EnginePid, before.Restarts), (after.CurrentPid, after.EnginePid, after.Restarts));
    }

    private static async Task RefusedUpgrade(LoadedSite site) =>
        Assert.Equal(409, (await site.Engine.Ask(HttpMethod.Post, Routes.Upgrade, """{"program": "/bin/true"}""")).Status);

    private static async Task Stopped(Func<Task<int>> who)
    {
        var pid = await who();
        Assert.Equal(0, LibC.kill(pid, Signals.SIGSTOP));
        await Task.Delay(_while);
        Assert.Equal(0, LibC.kill(pid, Signals.SIGCONT));
    }

    /// <summary>Whoever connects meanwhile waits in the kernel's queue.</summary>
    private static async Task Starve(LoadedSite site)
    {
        var limit = ResourceLimit.Get((await site.Engine.Status()).EnginePid, ResourceLimit.NoFile);
        ResourceLimit.Set(site.Engine.EnginePid, ResourceLimit.NoFile, 10, limit.Hard);
        await Task.Delay(_while);
        ResourceLimit.Set(site.Engine.EnginePid, ResourceLimit.NoFile, limit.Soft, limit.Hard);
    }

    /// <summary>The record stays in memory, and in the ledger.</summary>
    private async Task FullDisk(LoadedSite site)
    {
        var history = Path.Combine(site.Engine.Folder, "history");
        Shell.Output("mount", "-t", "tmpfs", "-o", "size=4k", "full", history);
        try
        {
            File.WriteAllText(Path.Combine(history, "all"), new string('x', 4096));
            var record = await Reload(site, Verdict.Succeeded);
            await Upgrade(site, null, Verdict.Succeeded);
            Assert.Contains(await site.Engine.Records(), r => r.Id == record.Id);
        }
        finally
        {
            Shell.Output("umount", "--lazy", history);
        }
    }

    private void Tell(string sum)
    {
        if (Environment.GetEnvironmentVariable("SOAK_TABLE") is { Length: > 0 } file)
        {
            var rows = _done.Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Value.Times,6}  {d.Value.Longest,8:F1} s  {d.Key}"));
            File.WriteAllLines(file, ["what was done, how often, and how long it took at most", .. rows, sum, $"an upgrade paused for {Pause(50)}, {Pause(95)}, {Pause(99)} ms (50, 95, 99 of 100)", .. Deaths(), $"SOAK_SEED={_seed}"]);
        }
    }

    private string[] Deaths() =>
        _deaths.Count == 0 ? [] : [$"another engine answered {Of(_deaths, 50)}, {Of(_deaths, 95)}, {Of(_deaths, 99)} ms after one was killed"];

    private string Pause(int percent) => Of(_pauses, percent);

    private static string Of(List<double> times, int percent) => times.Order().ElementAt((times.Count - 1) * percent / 100).ToString("F0", CultureInfo.InvariantCulture);

    // The runtime's pool and a broker have as many as they have needed lately.
    private static List<string> Threads(LoadedSite site) =>
        [.. Directory.GetDirectories($"/proc/{site.Engine.EnginePid}/task").Select(Name).OfType<string>().Where(name => !name.StartsWith(".NET TP", StringComparison.Ordinal) && !name.StartsWith("broker", StringComparison.Ordinal))];

    private static string? Name(string task)
    {
        try
        {
            return File.ReadAllText($"{task}/comm").Trim();
        }
        catch (IOException)
        {
            return null; // It has just ended.
        }
    }

    private static long Rss(LoadedSite site) => ProcFs.Stat(site.Engine.EnginePid)!.Value.RssBytes;

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

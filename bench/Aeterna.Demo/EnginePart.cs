using System.Diagnostics;
using System.Globalization;
using Aeterna.Load.Running;

namespace Aeterna.Demo;

/// <summary>The engine under load, through one good reload and three bad ones.</summary>
internal sealed class EnginePart(Screen screen, EngineCli cli, EngineSite site)
{
    private const int Done = 0, Failed = 1, RolledBack = 3;
    private static readonly TimeSpan _between = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _askEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly List<TimeSpan> _kills = [];

    /// <summary>New processes that were started to take over: the swaps that the plain part has to do too.</summary>
    public int Swaps { get; private set; }

    /// <summary>Every verdict and exit code was as expected.</summary>
    public bool AsExpected { get; private set; } = true;

    /// <returns>Null when the engine did not start.</returns>
    public async Task<Outcome?> Run()
    {
        var start = await screen.Doing("starting the engine", () => cli.Run("start", "-c", site.PlanPath, "--detach")).ConfigureAwait(false);
        var status = start.ExitCode == Done ? await cli.Status(site.Name).ConfigureAwait(false) : null;
        if (status?.Pid is null)
        {
            Tell(false, "start", FormattableString.Invariant($"exit code {start.ExitCode}, state {status?.State ?? "unknown"} {FirstLine(start.Error)}"));
            return null;
        }

        Tell(true, "start", FormattableString.Invariant($"rsyslogd is pid {status.Pid} under the engine, pid {status.EnginePid}"));
        var run = DemoLoad.Start(site.Rsyslogd);
        await using (run.ConfigureAwait(false))
        {
            screen.Line(true, "load", DemoLoad.Text);
            await GoodReload().ConfigureAwait(false);
            await BlockedReload().ConfigureAwait(false);
            await KilledReload(run).ConfigureAwait(false);
            await UnhealthyReload().ConfigureAwait(false);
            await Task.Delay(_between).ConfigureAwait(false);
            var outcome = await screen.Doing("waiting until all is written", () => DemoLoad.End(run, site.Rsyslogd, _kills)).ConfigureAwait(false);
            await Stop().ConfigureAwait(false);
            return outcome;
        }
    }

    /// <summary>Whatever happened, no engine and no rsyslogd stays behind.</summary>
    public async Task CleanUp()
    {
        if (await cli.Status(site.Name).ConfigureAwait(false) is { EnginePid: { } engine } status)
        {
            await cli.Run("stop", "-n", site.Name).ConfigureAwait(false);
            foreach (var pid in new[] { engine, status.Pid, status.CandidatePid }.OfType<int>())
            {
                Signals.KillIfThere(pid);
            }
        }
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0];

    private Task GoodReload()
    {
        Swaps++;
        return Scene("good reload", Done, pidChanges: true, "demo: a good reload", _ => Task.CompletedTask);
    }

    private async Task BlockedReload()
    {
        site.BreakConfig();
        await Scene("blocked", Failed, pidChanges: false, "demo: a broken rsyslog.conf", _ => Task.CompletedTask).ConfigureAwait(false);
        site.RestoreConfig();
    }

    private Task KilledReload(LoadRun run)
    {
        Swaps++;
        return Scene("killed in the soak", RolledBack, pidChanges: false, "demo: kill -9 of the new process", candidate =>
        {
            _kills.Add(run.Clock.Now);
            Signals.KillIfThere(candidate);
            return Task.CompletedTask;
        });
    }

    private async Task UnhealthyReload()
    {
        Swaps++;
        await Scene("unhealthy", RolledBack, pidChanges: false, "demo: the health check turns bad", _ =>
        {
            site.Health.Healthy = false;
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        site.Health.Healthy = true;
    }

    // One reload: what happens in its soak, and the exit code and process that there must be afterwards.
    private async Task Scene(string what, int exitCode, bool pidChanges, string reason, Func<int, Task> inSoak)
    {
        await Task.Delay(_between).ConfigureAwait(false);
        var before = (await cli.Status(site.Name).ConfigureAwait(false))?.Pid;
        var begun = Stopwatch.GetTimestamp();
        var result = await screen.Doing(reason, async () =>
        {
            var reload = cli.Run("reload", "-n", site.Name, "--wait", "--reason", reason);
            if (await SoakingPid(reload).ConfigureAwait(false) is { } candidate)
            {
                await inSoak(candidate).ConfigureAwait(false);
            }

            return await reload.ConfigureAwait(false);
        }).ConfigureAwait(false);
        var took = Stopwatch.GetElapsedTime(begun);
        var status = await cli.Status(site.Name).ConfigureAwait(false);
        var good = result.ExitCode == exitCode && status?.Pid is not null && (status.Pid != before) == pidChanges;
        var pids = pidChanges ? $"pid {before} -> {status?.Pid}" : $"pid {status?.Pid} serves on";
        Tell(good, what, string.Create(
            CultureInfo.InvariantCulture,
            $"{took.TotalSeconds:F1} s, exit code {result.ExitCode}, {pids}: {status?.Verdict}, {status?.Message ?? FirstLine(result.Error)}"));
    }

    // The candidate's process id as soon as it is in its soak; null when the reload ends before.
    private async Task<int?> SoakingPid(Task<CliResult> reload)
    {
        for (var begun = Stopwatch.GetTimestamp(); !reload.IsCompleted && Stopwatch.GetElapsedTime(begun) < _limit;)
        {
            if (await cli.Status(site.Name).ConfigureAwait(false) is { State: "SOAKING", CandidatePid: { } pid })
            {
                return pid;
            }

            await Task.Delay(_askEvery).ConfigureAwait(false);
        }

        return null;
    }

    private async Task Stop()
    {
        var stop = await screen.Doing("stopping the engine", () => cli.Run("stop", "-n", site.Name)).ConfigureAwait(false);
        Tell(stop.ExitCode == Done, "stop", FormattableString.Invariant($"exit code {stop.ExitCode} {FirstLine(stop.Error)}"));
    }

    private void Tell(bool good, string what, string detail)
    {
        AsExpected &= good;
        screen.Line(good, what, detail);
    }
}

using Aeterna.Client;
using Aeterna.Contract;
using Spectre.Console;
using Spectre.Console.Rendering;
using static Aeterna.Client.Human;

namespace Aeterna.Cli.Views;

/// <summary>The status for a person: what matters most in the first line, warnings right below.</summary>
internal static class StatusView
{
    public static IRenderable Render(StatusReport status, DateTimeOffset now)
    {
        List<IRenderable> rows = [Headline(status), .. Warnings(status)];
        if (Attempt(status) is { } attempt)
        {
            rows.Add(attempt);
        }

        rows.AddRange(Waits(status));

        if (status.Undo is { } undo)
        {
            rows.Add(Screen.Plain(Human.Invariant(
                $"undo window: generation {undo.Generation} (pid {undo.Pid}) can serve again at once for another {Span(TimeSpan.FromSeconds(undo.RemainingSeconds))} (aeterna rollback {status.Service})")));
        }

        if (status.LastReload is { } last)
        {
            rows.Add(LastReload(last, now));
        }

        rows.Add(Text.Empty);
        rows.Add(Generations(status.Generations, now));
        if (status.Listeners.Count > 0)
        {
            rows.Add(Text.Empty);
            rows.Add(Listeners(status.Listeners));
        }

        rows.Add(Text.Empty);
        rows.Add(Facts(status));
        return new Rows(rows);
    }

    /// <summary>As in <c>rsyslogd  RUNNING  pid 100  up 48h20m  generation 3</c>.</summary>
    public static IRenderable Headline(StatusReport status) => Line(
        Screen.Plain(status.Service, new Style(decoration: Decoration.Bold)),
        Screen.Plain(status.FsmState, Screen.StyleOf(status.FsmState)),
        Screen.Plain(status.CurrentPid == 0 ? "no process serves" : Human.Invariant($"pid {status.CurrentPid}"), status.CurrentPid == 0 ? Screen.StyleOf(FsmState.Failed) : (Style?)null),
        Screen.Plain(Elsewhere(status)),
        Screen.Plain(status.CurrentPid == 0 ? "" : $"up {status.Uptime}"),
        Screen.Plain(status.Generation is { } generation ? Human.Invariant($"generation {generation}") : ""));

    /// <summary>The table of living generations.</summary>
    public static IRenderable Generations(IReadOnlyList<GenerationReport> generations, DateTimeOffset now)
    {
        // Where no engine directs anything, and only one generation is there, it goes without saying.
        var told = generations.Any(g => g.TrafficPercent is > 0 and < 100) || (generations.Count > 1 && generations.Any(g => g.TrafficPercent is not null));
        var table = new Sheet(
            new("GENERATION"), new("ROLE"), new(told ? "TRAFFIC" : ""), new("PID"), new("AGE"), new("MEMORY"), new("CPU", LeftOut: 1), new("FDS", LeftOut: 3), new("PROCESSES", LeftOut: 2),
            new("SAYS", AtLeast: 12, MayGoBelow: true));
        foreach (var g in generations)
        {
            table.Add(
                Human.Invariant($"{g.Number}"), g.Role, told ? Percent(g) : "", Human.Invariant($"{g.Pid}"), Span(now - g.StartedAt), Bytes(g.RssBytes),
                Span(TimeSpan.FromSeconds(g.CpuSeconds)), Human.Invariant($"{g.Fds}"), Human.Invariant($"{g.Processes}"), g.NotifyStatus);
        }

        return table;
    }

    private static string Percent(GenerationReport generation) => generation.TrafficPercent is { } percent ? Human.Invariant($"{percent}%") : "-";

    /// <summary>Who has traffic beside, or in place of, the active generation.</summary>
    private static string Elsewhere(StatusReport status) =>
        status.Generations.FirstOrDefault(g => g.Pid != status.CurrentPid && g.TrafficPercent > 0) is { } other
            ? Human.Invariant($"traffic {other.TrafficPercent}% pid {other.Pid}")
            : "";

    /// <summary>What a candidate still lacks; nothing while no start is waited for.</summary>
    public static IEnumerable<IRenderable> Waits(StatusReport status) => status.Generations.Where(g => g.Lacks is not null)
        .Select(g => Screen.Plain(Human.Invariant($"generation {g.Number} (pid {g.Pid}) is not ready yet: {g.Lacks}"), new Style(Color.Yellow)));

    private static IEnumerable<IRenderable> Warnings(StatusReport status) =>
        status.Warnings.Select(warning => Screen.Plain($"WARNING: {warning}", new Style(Color.Yellow, decoration: Decoration.Bold)));

    private static Text? Attempt(StatusReport status)
    {
        if (status.ReloadId is null)
        {
            return null;
        }

        var candidate = status.CandidatePid is { } pid ? Human.Invariant($", candidate pid {pid}") : "";
        var soak = status.Soak is { } s ? $", {Span(TimeSpan.FromSeconds(s.RemainingSeconds))} of the soak left" : "";
        return Screen.Plain($"under way: {status.ReloadId}{candidate}{soak} (aeterna watch -n {status.Service})", Screen.StyleOf(status.FsmState));
    }

    private static Text LastReload(ReloadRecord last, DateTimeOffset now)
    {
        var when = last.FinishedAt is { } end ? $"{Time(end)}, {Span(now - end)} ago" : "under way";
        var took = last.DurationMs is { } ms ? $", took {Span(TimeSpan.FromMilliseconds(ms))}" : "";
        var reason = last.Reason is null ? "" : $", reason: {last.Reason}";
        var why = last.Message is null ? "" : $": {last.Message}";
        return Screen.Plain(
            $"last {last.Kind}: {last.Verdict ?? "under way"}{why} ({when}{took}, by {last.RequestedBy}{reason})",
            last.Verdict is Verdict.Succeeded ? (Style?)null : Screen.StyleOf(last.Verdict));
    }

    private static Sheet Listeners(IReadOnlyList<ListenerReport> listeners)
    {
        // One that has no name of its own is called by its address.
        var named = listeners.Any(l => l.Name != l.Address);
        var table = new Sheet(
            new("LISTENER", LeftOut: named ? 0 : 1, AtLeast: named ? 16 : null), new("ADDRESS", AtLeast: 24), new("HANDOFF"), new("STATE"), new("GENERATIONS", LeftOut: 2));
        foreach (var l in listeners)
        {
            table.Add(l.Name, l.Address, l.Handoff, l.State, string.Join(", ", l.Generations));
        }

        return table;
    }

    private static string Kept(StatusReport status) => status.Keeper is not { } keeper ? ""
        : Human.Invariant($", kept by pid {keeper.Pid}{(keeper.Ready ? "" : " (no other could go on now)")}{(keeper.Deaths == 0 ? "" : $", died {keeper.Deaths} times")}");

    private static Rows Facts(StatusReport status)
    {
        List<IRenderable> facts =
        [
            Screen.Plain(Human.Invariant($"restarts {status.Restarts}, engine pid {status.EnginePid}, version {status.EngineVersion}{Kept(status)}")),
            Screen.Plain($"configuration {status.ConfigPath}"),
        ];
        if (status.Traffic is { } traffic)
        {
            facts.Insert(0, Screen.Plain($"traffic {traffic}{(status.TrafficReason is { } why ? $": {why}" : "")}"));
        }

        if (status.Relay is { } relay)
        {
            facts.Insert(0, Screen.Plain(
                Human.Invariant($"relay {relay.Connections} connections, {relay.FramesIn} messages in, {Bytes(relay.WaitingBytes)} waiting, {relay.Lost} lost")));
        }

        if (status.LastHandover is { Status: not HandoverStatus.None } handover)
        {
            facts.Insert(0, Screen.Plain($"state handoff {handover.Status}, {Bytes(handover.SizeBytes)}{(handover.Detail is { } why ? $": {why}" : "")}"));
        }

        return new Rows(facts);
    }

    private static Grid Line(params Text[] words)
    {
        var shown = words.Where(word => word.Length > 0).ToArray();
        var grid = new Grid { Expand = false };
        foreach (var _ in shown)
        {
            grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        }

        grid.AddRow(shown);
        return grid;
    }
}

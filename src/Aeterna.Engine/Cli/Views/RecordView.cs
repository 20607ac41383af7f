using Aeterna.Contract;
using Spectre.Console;
using Spectre.Console.Rendering;
using static Aeterna.Client.Human;

namespace Aeterna.Cli.Views;

/// <summary>One record whole: nothing is cut, long texts go on below themselves.</summary>
internal static class RecordView
{
    public static IRenderable Render(ReloadRecord record)
    {
        List<IRenderable> rows = [Headline(record), Facts(record)];
        if (record.Phases.Count > 0)
        {
            rows.AddRange([Text.Empty, Phases(record)]);
        }

        if (record.Soak is { Probes.Count: > 0 } soak)
        {
            rows.AddRange([Text.Empty, Probes(soak)]);
        }

        if (record.Output.Count > 0)
        {
            rows.AddRange([Text.Empty, Screen.Plain("LAST OUTPUT", new Style(decoration: Decoration.Dim)), .. record.Output.Select(line => Screen.Plain(line))]);
        }

        return new Rows(rows);
    }

    private static Grid Headline(ReloadRecord record)
    {
        var grid = Columns(3);
        grid.AddRow(
            Screen.Plain($"{record.Kind} {record.Id}", new Style(decoration: Decoration.Bold)), Screen.Plain(record.Verdict ?? "under way", Screen.StyleOf(record.Verdict)),
            Screen.Plain(record.Service));
        return grid;
    }

    private static Grid Facts(ReloadRecord record)
    {
        var grid = Columns(2);
        Fact(grid, "why", record.Message);
        Fact(grid, "reason", record.Reason);
        Fact(grid, "asked for", $"{Time(record.RequestedAt)} by {record.RequestedBy}{(record.Forced ? ", forced" : "")}{(record.Queued ? ", waits for its turn" : "")}");
        Fact(grid, "promoted by", record.PromotedBy);
        Fact(grid, "ended", record.FinishedAt is { } end ? $"{Time(end)}{(record.DurationMs is { } ms ? $", after {Milliseconds(ms)}" : "")}" : null);
        Fact(grid, "before", Generation(record.OldGeneration, record.OldPid, record.OldExit));
        Fact(grid, "new", Generation(record.NewGeneration, record.NewPid, null));
        Fact(grid, "command", record.Command.Count > 0 ? string.Join(' ', record.Command) : null);
        Fact(grid, "program", record.BinaryPath);
        Fact(grid, "program sum", record.BinarySha256);
        Fact(grid, "config sum", record.ConfigSha256);
        Fact(grid, "traffic", record.Traffic is { } traffic ? $"{traffic}{(record.TrafficReason is { } why ? $": {why}" : "")}" : null);
        Fact(grid, "paused", record.PausedMs is { } paused ? Milliseconds(paused) : null);
        Fact(grid, "taken back", record.FramesMoved is { } moved ? Invariant($"{moved} messages") : null);
        Fact(grid, "carried", record.TrafficCounts is { } counts ? Counts(counts) : null);
        Fact(grid, "state", record.Handover is { Status: not HandoverStatus.None } state ? $"{state.Status}, {Bytes(state.SizeBytes)}{(state.Detail is { } detail ? $": {detail}" : "")}" : null);
        Fact(grid, "connections", record.Adoption is { } adopted ? Invariant($"the daemon kept {adopted.Kept} until they ended, {adopted.Closed} were closed") : null);
        foreach (var listener in record.Unframed)
        {
            Fact(grid, "not moved", listener);
        }

        return grid;
    }

    private static void Fact(Grid grid, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            grid.AddRow(Screen.Plain(name, new Style(decoration: Decoration.Dim)), Screen.Plain(value));
        }
    }

    private static Grid Phases(ReloadRecord record)
    {
        var grid = Columns(5);
        Heading(grid, "PHASE", "AT", "TOOK", "OUTCOME", "");
        foreach (var phase in record.Phases)
        {
            grid.AddRow(
                Screen.Plain(phase.Name), Screen.Plain($"+{Span(phase.StartedAt - record.RequestedAt)}"), Screen.Plain(phase.DurationMs is { } ms ? Milliseconds(ms) : "-"),
                Screen.Plain(phase.Outcome ?? "under way", Screen.StyleOf(phase.Outcome)), Screen.Plain(phase.Detail));
        }

        return grid;
    }

    private static Grid Probes(SoakReport soak)
    {
        var grid = Columns(4);
        Heading(grid, "PROBE", "RUNS", "LAST", "");
        foreach (var probe in soak.Probes)
        {
            var word = probe.Healthy switch { true => "ok", false => "failed", null => "never ran" };
            grid.AddRow(Screen.Plain(probe.Name), Screen.Plain(Invariant($"{probe.Runs}")), Screen.Plain(word, Screen.StyleOf(word)), Screen.Plain(probe.Detail));
        }

        return grid;
    }

    /// <summary>Columns of which only the last one goes on in another line.</summary>
    private static Grid Columns(int count)
    {
        var grid = new Grid { Expand = false };
        for (var i = 0; i < count; i++)
        {
            grid.AddColumn(new GridColumn { NoWrap = i < count - 1, Padding = new Padding(0, 0, i < count - 1 ? 2 : 0, 0) });
        }

        return grid;
    }

    private static void Heading(Grid grid, params string[] words) =>
        grid.AddRow([.. words.Select(word => Screen.Plain(word, new Style(decoration: Decoration.Dim)))]);

    private static string Counts(TrafficReport traffic)
    {
        var given = string.Concat(traffic.Given.Select(g => Invariant($", generation {g.Generation} got {g.Frames} ({Bytes(g.Bytes)})")));
        return Invariant($"{traffic.Connections} connections, {traffic.FramesIn} messages in ({Bytes(traffic.BytesIn)}){given}, {Bytes(traffic.WaitingBytes)} waiting, {traffic.Lost} lost");
    }

    private static string? Generation(int? number, int? pid, string? exit) =>
        number is null ? null : Invariant($"generation {number}{(pid is null ? "" : Invariant($" (pid {pid})"))}{(exit is null ? "" : $": {exit}")}");

    private static string Milliseconds(double ms) => Span(TimeSpan.FromMilliseconds(ms));
}

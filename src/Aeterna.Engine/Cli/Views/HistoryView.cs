using Aeterna.Contract;
using Spectre.Console.Rendering;
using static Aeterna.Client.Human;

namespace Aeterna.Cli.Views;

/// <summary>Records as a table, newest first.</summary>
internal static class HistoryView
{
    public static IRenderable Render(IReadOnlyList<ReloadRecord> records)
    {
        var table = new Sheet(
            new("ID"), new("TIME"), new("KIND"), new("VERDICT"), new("TOOK", LeftOut: 1), new("OLD PID", LeftOut: 2), new("NEW PID", LeftOut: 2),
            new("BY", LeftOut: 3), new("REASON", AtLeast: 20, MayGoBelow: true, BelowAs: "reason: "), new("WHY", AtLeast: 40, MayGoBelow: true));
        foreach (var r in records)
        {
            table.Add(
                r.Id, Time(r.RequestedAt), r.Kind, new(r.Verdict ?? "under way", Screen.StyleOf(r.Verdict)),
                r.DurationMs is { } ms ? Span(TimeSpan.FromMilliseconds(ms)) : "-", Pid(r.OldPid), Pid(r.NewPid), r.RequestedBy, r.Reason, r.Message);
        }

        return table;
    }

    private static string Pid(int? pid) => pid is { } number ? Invariant($"{number}") : "-";
}

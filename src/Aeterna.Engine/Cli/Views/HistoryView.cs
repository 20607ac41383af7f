using Aeterna.Contract;
using Spectre.Console;
using Spectre.Console.Rendering;
using static Aeterna.Cli.Human;

namespace Aeterna.Cli.Views;

/// <summary>Records as a table, newest first.</summary>
internal static class HistoryView
{
    public static IRenderable Render(IReadOnlyList<ReloadRecord> records)
    {
        var table = Screen.Table("ID", "TIME", "KIND", "VERDICT", "TOOK", "OLD PID", "NEW PID", "BY", "WHY");
        foreach (var r in records)
        {
            table.AddRow(
                Screen.Plain(r.Id), Screen.Plain(Time(r.RequestedAt)), Screen.Plain(r.Kind), Screen.Plain(r.Verdict ?? "under way", Screen.StyleOf(r.Verdict)),
                Screen.Plain(r.DurationMs is { } ms ? Span(TimeSpan.FromMilliseconds(ms)) : "-"), Screen.Plain(Pid(r.OldPid)), Screen.Plain(Pid(r.NewPid)),
                Screen.Plain(r.RequestedBy), Screen.Plain(r.Message ?? r.Reason));
        }

        return table;
    }

    private static string Pid(int? pid) => pid is { } number ? Invariant($"{number}") : "-";
}

using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli;

/// <summary>How an ended attempt is said, and which exit code it gives.</summary>
internal static class VerdictLine
{
    /// <summary>As in <c>reload 7: succeeded in 31.2s: generation 4 (pid 200) serves in place of generation 3 (pid 100)</c>. The verdict is its own word, as in the record.</summary>
    public static string Say(ReloadRecord record)
    {
        var took = record.DurationMs is { } ms ? $" in {Human.Span(TimeSpan.FromMilliseconds(ms))}" : "";
        var why = record.Message is { } message ? $": {message}" : "";
        return OneLine.Clean(record.Verdict switch
        {
            Verdict.Succeeded => $"{record.Kind} {record.Id}: {record.Verdict}{took}: {Generation(record.NewGeneration, record.NewPid)} serves"
                + (record.OldPid is null ? "" : $" in place of {Generation(record.OldGeneration, record.OldPid)}"),
            Verdict.RolledBack => $"{record.Kind} {record.Id}: {record.Verdict}{took}{why}{(record.WasStartedAgain() ? "" : $"; {Generation(record.OldGeneration, record.OldPid)} serves on")}",
            Verdict.Blocked => $"{record.Kind} {record.Id}: {record.Verdict}{took}{why}; nothing was started"
                + (record.OldPid is null ? "" : $", {Generation(record.OldGeneration, record.OldPid)} serves on"),
            _ => $"{record.Kind} {record.Id}: {record.Verdict ?? Verdict.Failed}{took}{why}",
        });
    }

    /// <summary>The exit code.</summary>
    /// <param name="record">The ended attempt.</param>
    /// <param name="wayBackIsSuccess">The way back is what was asked for.</param>
    public static int ExitCodeOf(ReloadRecord record, bool wayBackIsSuccess) => record.Verdict switch
    {
        Verdict.Succeeded => ExitCode.Done,
        // A way back within the undo window that was itself rolled back has not come about.
        Verdict.RolledBack => wayBackIsSuccess && record.Kind != "rollback" ? ExitCode.Done : ExitCode.RolledBack,
        _ => ExitCode.Failed,
    };

    private static string Generation(int? number, int? pid) => Human.Invariant($"generation {number} (pid {pid})");
}

using Aeterna.Contract;

namespace Aeterna.PowerShell.Commands;

/// <summary>What a way back would do at this moment, in words. The engine decides; this says what it decides by.</summary>
internal static class WayBack
{
    /// <param name="status">The service.</param>
    /// <param name="record">The attempt that is under way, if one is.</param>
    public static string Of(StatusReport status, ReloadRecord? record) => (status, record) switch
    {
        ({ FsmState: FsmState.Stopped } or { FsmState: FsmState.Draining }, null) => Nothing(status, "it is being stopped"),
        ({ FsmState: FsmState.Draining }, { Kind: "reload" }) => Nothing(status, "the new generation is committed, and the old one told to end"),
        (_, { Kind: "reload", OldPid: { } pid }) => FormattableString.Invariant(
            $"End {record.Id} of {status.Service} as rolled_back (asked for by {record.RequestedBy}{Why(record)}): {OldOne(status, record, pid)}."),
        (_, { Kind: "reload" }) => Nothing(status, "no old generation serves to which it could go back"),
        (_, { Kind: "rollback" }) => Nothing(status, "the generation before is on its way back already"),
        (_, not null) => Nothing(status, $"a {record.Kind} is under way, which has nothing to go back to"),
        ({ Undo: { } kept, Generation: { } active }, null) => FormattableString.Invariant(
            $"Take {status.Service} back from generation {active} (pid {status.CurrentPid}) to generation {kept.Generation} (pid {kept.Pid}), which is kept for another {Left(kept)}."),
        _ => Nothing(status, "no reload is under way, and no generation is kept to go back to"),
    };

    // One after the other: it has ended by then.
    private static string OldOne(StatusReport status, ReloadRecord record, int pid) => status.Generations.Any(generation => generation.Number == record.OldGeneration)
        ? FormattableString.Invariant($"generation {record.OldGeneration} (pid {pid}) serves on")
        : FormattableString.Invariant($"the command of generation {record.OldGeneration}, which has ended, is started again");

    private static string Left(UndoReport kept) => Durations.FormatBrief(TimeSpan.FromSeconds(kept.RemainingSeconds));

    private static string Nothing(StatusReport status, string why) => $"Nothing of {status.Service} can be undone: {why}.";

    private static string Why(ReloadRecord record) => record.Reason is { } reason ? $", \"{reason}\"" : "";
}

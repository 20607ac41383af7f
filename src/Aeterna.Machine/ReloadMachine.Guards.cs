using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>What the rows of the table ask.</summary>
internal static partial class ReloadMachine
{
    private static bool IsFit(ProgramInspected inspected) => inspected.Problem is null;

    // A restart brings back what has served before: it has been checked, and nothing serves while checks run.
    private static bool HasChecks(Turn turn) =>
        turn.Attempt is { Kind: not AttemptKind.Restart, Plan.Orchestration.PreFlight.Count: > 0 };

    private static bool Blocks(Turn turn, PreFlightEnded ended) => MayBlock(turn) && ended.Failures.Any(failure => failure.Blocking);

    // At a start nothing serves yet, and a program that starts with complaints is better than none.
    private static bool MayBlock(Turn turn) => turn.Attempt is { Forced: false, Kind: not AttemptKind.Start };

    /// <summary>The old generation has to end before the new one is started.</summary>
    private static bool Displaces(Turn turn, TrafficChoice? traffic) =>
        Replaces(turn.Attempt) && turn.State.Active is not null && traffic?.Traffic == Traffic.Sequential;

    /// <summary>Somebody wants another generation in the place of the one that serves.</summary>
    private static bool Replaces(Attempt attempt) => attempt.Kind is AttemptKind.Reload or AttemptKind.Adopt;

    private static bool LacksState(Turn turn, HandoffDone done) =>
        done.Report.Status == HandoverStatus.Failed && turn.Attempt.Plan!.Orchestration.StateHandoff.Required;

    private static bool IsExclusive(Turn turn, HandoffDone done) =>
        (done.Traffic ?? turn.Attempt.Traffic)?.Traffic == Traffic.Exclusive;

    /// <summary>The candidate has all traffic, and the old generation is parked.</summary>
    private static bool HasAll(Turn turn) => turn is { Attempt.Given: Share.All, State.Active: not null };

    /// <summary>A reload that has something to go back to, and is not on its way there.</summary>
    private static bool CanGiveUp(Turn turn) =>
        Replaces(turn.Attempt) && !turn.Attempt.Fallback && (turn.State.Active is not null || turn.Attempt.Displaced);

    /// <summary>The candidate of a reload has shown in this soak that it is well.</summary>
    private static bool MayPromote(Turn turn) => turn.Attempt is { Kind: AttemptKind.Reload, Fallback: false, Proven: true };

    /// <summary>The candidate is what somebody wants to serve.</summary>
    private static bool IsWanted(Turn turn) => turn.Attempt is { Kind: not (AttemptKind.Rollback or AttemptKind.Adopt), Recall: null };

    /// <summary>More than time says that the candidate is ready.</summary>
    private static bool IsSeenReady(Turn turn) => turn.Attempt.Plan!.Orchestration.Startup.Ready != Readiness.Delay;

    /// <summary>Its end is known, and has not been taken note of yet.</summary>
    private static bool IsDead(Turn turn, int generation) => turn.State.Deferred.Exists(exited => exited.Generation == generation);

    private static bool IsKept(Turn turn) => turn.State.Parked is not null;

    /// <summary>A rollback can open an attempt of its own: one generation is kept, and another one serves.</summary>
    private static bool CanUndo(Turn turn) => turn.State is { Parked: not null, Active: not null, Lifetime: Lifetime.Going };

    private static bool UndoSwitches(Turn turn) => turn.State.Traffic is { Traffic: Traffic.Exclusive, Directed: true };

    /// <summary>The end of this attempt leads, or has led, back to where somebody wants to go.</summary>
    private static bool IsWayBack(Turn turn) => turn.Attempt.Kind is AttemptKind.Reload or AttemptKind.Rollback or AttemptKind.Adopt;

    /// <summary>Nothing serves nor will, before a restart that is owed: that comes first.</summary>
    private static bool IsUnserved(MachineState state) => state is { Active: null, Candidate: null } && CanRestart(state);

    private static bool RunsHooks(Turn turn) => HasHooks(turn.Attempt) && !IsUnserved(turn.State) && !OwesOld(turn.State);
}

using Aeterna.Contract;

namespace Aeterna.Machine;

/// <summary>The undo window: for <c>drain.keep_warm</c> after a commit the old generation is kept, and can come back at once.</summary>
internal static partial class ReloadMachine
{
    /// <summary>Keeps the old generation in place of draining it.</summary>
    private static void KeepWarm(Turn turn, Member old, TimeSpan time)
    {
        if (turn.State.Traffic is not { Directed: true } && old.Standing == Standing.Running)
        {
            // Its sockets are shared: running on, it would go on taking traffic from them.
            turn.Emit(new Freeze(old.Number));
            old = old with { Standing = Standing.Parked };
        }

        turn.State = turn.State with { Parked = old };
        turn.Emit(new StartTimer(TimerKind.KeepWarm, old.Number, time));
    }

    /// <summary>Goes back, by a switch, to the kept generation while the new one serves.</summary>
    private static void UndoBySwitch(Turn turn, RollbackAsked asked)
    {
        Undo(turn, asked);
        Switch(turn, turn.State.Active!, turn.State.Candidate!, back: true);
    }

    /// <summary>As <see cref="UndoBySwitch"/>, where traffic goes without one.</summary>
    private static void UndoAtOnce(Turn turn, RollbackAsked asked)
    {
        Undo(turn, asked);
        turn.Emit(new DirectTraffic(new Route(turn.State.Candidate!.Number)));
        Revive(turn);
        turn.LeavePhase(PhaseOutcome.Ok);
        turn.Attempt = turn.Attempt with { Given = Share.All };
        Commit(turn);
    }

    private static void Undo(Turn turn, RollbackAsked asked)
    {
        CutShort(turn, reading: false);
        BeginUndo(turn, asked.Request, null);
        TakeRequest(turn);
        turn.EnterPhase(PhaseName.Switch);
    }

    /// <summary>The switch to the kept generation is through.</summary>
    private static void CommitKept(Turn turn, SwitchResult result)
    {
        EndSwitch(turn, result);
        Commit(turn, Sentence(turn.Attempt, turn.State, turn.State.Candidate!) + (result.Why is { } why ? $"; {why}" : ""));
    }

    /// <summary>The new generation died by itself, and the kept one takes its place again. Its traffic has been directed already.</summary>
    private static void ComeBack(Turn turn, string what, Place from)
    {
        CutShort(turn, from == AttemptStep.Reading, turn.State.Attempt?.Message is null ? what : $"then {what}");
        BeginUndo(turn, null, what);
        Revive(turn);
        turn.Attempt = turn.Attempt with { Given = Share.All };
        Commit(turn, $"{what}; {turn.State.Candidate} serves again");
    }

    private static void BeginUndo(Turn turn, int? request, string? reason)
    {
        var kept = turn.State.Parked!;
        turn.Emit(new CancelTimer(TimerKind.KeepWarm));
        Open(turn, AttemptKind.Rollback, request, false, kept.Plan, reason, kept);
        turn.State = turn.State with { Parked = null, Candidate = kept };
        turn.Attempt = turn.Attempt with { Traffic = turn.State.Traffic };
    }

    private static void Revive(Turn turn)
    {
        var kept = turn.State.Candidate!;
        if (kept.Standing != Standing.Running)
        {
            turn.Emit(new Thaw(kept.Number));
            turn.State = turn.State with { Candidate = kept with { Standing = Standing.Running } };
        }
    }

    /// <summary>Ends an attempt that is decided, or has only begun, so that the way back can begin. Its hooks run on beside that.</summary>
    private static void CutShort(Turn turn, bool reading, string? what = null)
    {
        if (turn.State.Attempt is not { } attempt)
        {
            return;
        }

        turn.LeavePhase(PhaseOutcome.Skipped, "not awaited: the way back comes first");
        if (reading)
        {
            turn.Emit(new AbandonWork(attempt.Number));
            TakeRequest(turn);
        }

        var message = string.Join("; ", new[] { attempt.Message, what }.OfType<string>());
        turn.Emit(new CloseRecord(attempt.Number, what is null ? attempt.Verdict! : Verdict.RolledBack, message));
        turn.State = turn.State with { Attempt = null };
    }

    /// <summary>Lets the kept generation go, if there is one.</summary>
    private static void EndWindow(Turn turn)
    {
        if (turn.State.Parked is { } kept)
        {
            turn.Emit(new CancelTimer(TimerKind.KeepWarm));
            turn.State = turn.State with { Parked = null };
            Dismiss(turn, kept, dead: false);
        }
    }

    private static void KeptDied(Turn turn, Member kept, Exited exited)
    {
        turn.Emit(new CancelTimer(TimerKind.KeepWarm));
        turn.State = turn.State with { Parked = null };
        Dismiss(turn, kept, dead: true);
        turn.Emit(new Announce($"{kept}, kept for a rollback, {ExitSentence.Of(exited.Exit)}: the undo window is over"));
    }
}

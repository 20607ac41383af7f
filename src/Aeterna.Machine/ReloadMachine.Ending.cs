using Aeterna.Contract;

namespace Aeterna.Machine;

/// <summary>How an attempt ends: the way back, the drain, the hooks, and the record's last line.</summary>
internal static partial class ReloadMachine
{
    /// <summary>
    /// Gives the attempt up. The candidate may have clients, so it is drained like a retiring generation unless it is dead.
    /// </summary>
    private static void Fail(Turn turn, string why, string? verdict = null, bool candidateDied = false)
    {
        turn.LeavePhase(PhaseOutcome.Failed, why);
        turn.Emit(new AbandonWork(turn.Attempt.Number));
        turn.Attempt = turn.Attempt with
        {
            Verdict = verdict ?? (turn.State.Active is null && !OwesOld(turn.State) ? Verdict.Failed : Verdict.RolledBack),
            Message = turn.Attempt.Fallback ? turn.Attempt.Message : why,
        };
        if (turn.Attempt.Fallback)
        {
            GiveUpFallback(turn, why);
        }

        if (turn.State.Candidate is not { } candidate)
        {
            turn.Fire(Trigger.Cleared);
            return;
        }

        turn.EnterPhase(PhaseName.Rollback);
        if (candidate.Pid != 0)
        {
            TakeTrafficBack(turn, candidate, candidateDied);
        }
    }

    /// <summary>What the candidate has of the traffic goes back to the one that had it before, and then the candidate has to go.</summary>
    private static void TakeTrafficBack(Turn turn, Member candidate, bool died)
    {
        int? takeBack = died ? candidate.Number : null;
        switch (turn)
        {
            case var _ when turn.Place == AttemptStep.SwitchingBack:
                Switch(turn, candidate, turn.State.Active!, back: true);
                return;
            case { Attempt.Given: Share.All, State.Active: not null }:
                ComeBackFrom(turn, candidate);
                break;
            case { Attempt.Given: not Share.None }:
                var main = turn.State.Active?.Number;
                turn.Emit(new DirectTraffic(main is null ? Route.Held : new Route(main), takeBack));
                turn.Attempt = turn.Attempt with { Given = Share.None };
                break;
            default:
                break;
        }

        LeaveCandidate(turn, died);
    }

    private static void LeaveCandidate(Turn turn, bool died)
    {
        turn.Attempt = turn.Attempt with { Awaited = turn.State.Candidate!.Number };
        DismissCandidate(turn, died);
        turn.Fire(Trigger.Unserved);
    }

    private static void DismissCandidate(Turn turn, bool dead)
    {
        var candidate = turn.State.Candidate!;
        turn.State = turn.State with { Candidate = null };
        Dismiss(turn, candidate, dead);
    }

    private static void Dismiss(Turn turn, Member member, bool dead)
    {
        var drain = member.Plan.Orchestration.Drain;
        turn.State = turn.State with { Leaving = turn.State.Leaving.Add(member) };
        turn.Emit(dead || turn.State.KillAtOnce
            ? new Discard(member.Number)
            : new Drain(
                member.Number, drain.Signal, drain.Timeout, member.Standing,
                turn.State is { Lifetime: Lifetime.Stopping } or { Attempt.Displaced: true }));
    }

    private static void OnGone(Turn turn, Gone gone)
    {
        var state = turn.State;
        if (state.Leaving.Find(member => member.Number == gone.Generation) is not { } member)
        {
            return;
        }

        turn.State = state with { Leaving = state.Leaving.Remove(member) };
        if (state.Lifetime == Lifetime.Stopping)
        {
            EndIfNothingIsLeft(turn);
            return;
        }

        ReleaseIfSettled(turn);
        if (state.Attempt is { } attempt && attempt.Awaited == gone.Generation)
        {
            turn.LeavePhase(gone.Killed ? PhaseOutcome.Failed : PhaseOutcome.Ok, gone.How);
            turn.Attempt = turn.Attempt with { Awaited = null };
            turn.Fire(Trigger.Cleared);
        }
    }

    private static void PostProcess(Turn turn)
    {
        turn.EnterPhase(PhaseName.PostProcess);
        EmitHooks(turn);
    }

    // A restart runs no hooks: they belong to what somebody asked for, and a crash loop would run them without end. Nor does a way
    // back within the undo window: what succeeded is known already, and nothing new has been brought into service.
    private static bool HasHooks(Attempt attempt) =>
        attempt is { Plan: { } plan, Verdict: { } verdict }
        && attempt.Kind is not (AttemptKind.Restart or AttemptKind.Rollback)
        && RunHooks.For(plan, verdict).Count > 0;

    private static void EmitHooks(Turn turn) =>
        turn.Emit(new RunHooks(turn.Attempt.Number, turn.Attempt.Plan!, turn.Attempt.Verdict!));

    private static void AfterHooks(Turn turn, HooksEnded ended)
    {
        turn.LeavePhase(
            ended.Failures.Count == 0 ? PhaseOutcome.Ok : PhaseOutcome.Failed,
            ended.Failures.Count == 0 ? null : string.Join("; ", ended.Failures));
        Close(turn);
    }

    /// <summary>Ends an attempt that waits for nothing any more. Its hooks, if they are still to come, run on beside what follows.</summary>
    private static void CloseAtOnce(Turn turn, bool hooks)
    {
        turn.LeavePhase(PhaseOutcome.Skipped, "not awaited: nothing serves, and a restart is due");
        if (hooks && HasHooks(turn.Attempt))
        {
            EmitHooks(turn);
        }

        Close(turn);
    }

    private static void Close(Turn turn)
    {
        turn.Emit(new CloseRecord(turn.Attempt.Number, turn.Attempt.Verdict!, turn.Attempt.Message!));
        turn.State = turn.State with { Attempt = null };
        Settle(turn);
    }

    /// <summary>Sockets go only when somebody serves and no candidate may still come to want them. Those of a daemon that the engine has not started are its own.</summary>
    private static void ReleaseIfSettled(Turn turn)
    {
        if (turn.State is { Active: { } active, Outside: null, Candidate: null, Deferred.IsEmpty: true } && (turn.State.Attempt is null || turn.IsIn(Place.Draining)))
        {
            turn.Emit(new ReleaseUnused(active.Plan));
        }
    }
}

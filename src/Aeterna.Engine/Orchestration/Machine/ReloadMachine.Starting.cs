using Aeterna.Configuration;

namespace Aeterna.Orchestration.Machine;

/// <summary>STARTING: the candidate is launched, gets ready, and warms up.</summary>
internal static partial class ReloadMachine
{
    private static void LaunchCandidate(Turn turn)
    {
        var number = turn.State.NextGeneration;
        var plan = turn.Attempt.Fallback ? turn.State.ServedPlan! : turn.Attempt.Plan!;
        turn.EnterPhase(PhaseName.Start);
        turn.Attempt = turn.Attempt with { Step = AttemptStep.Launching };
        turn.State = turn.State with { Candidate = new Member(number, 0, plan), NextGeneration = number + 1 };
        turn.Emit(new Launch(number, plan));
    }

    private static void OnLaunched(Turn turn, Launched launched)
    {
        if (turn.State.Candidate is not { Pid: 0 } candidate || candidate.Number != launched.Generation)
        {
            return;
        }

        candidate = candidate with { Pid = launched.Pid };
        turn.State = turn.State with { Candidate = candidate };
        if (turn.State.Attempt is { Step: AttemptStep.Launching } attempt)
        {
            turn.Attempt = attempt with { Step = AttemptStep.AwaitingReady };
            turn.Emit(new AwaitReady(
                candidate.Number, candidate.Plan, attempt.Predecessor, PredecessorPlan(turn, attempt), attempt.Forced, attempt.Traffic,
                OwesOld(turn.State)));
        }
        else if (turn.State.Lifetime == Lifetime.Stopping)
        {
            DismissCandidate(turn, dead: false);
        }
        else
        {
            // The attempt was given up while the launch was under way.
            DismissCandidate(turn, dead: false);
            turn.Attempt = turn.Attempt with { Awaited = candidate.Number };
            HurryIfUnserved(turn);
        }
    }

    private static Plan? PredecessorPlan(Turn turn, Attempt attempt) =>
        attempt.Predecessor is null ? null : turn.State.ServedPlan;

    private static void OnLaunchFailed(Turn turn, LaunchFailed failed)
    {
        if (turn.State.Candidate is not { Pid: 0 } candidate || candidate.Number != failed.Generation)
        {
            return;
        }

        turn.State = turn.State with { Candidate = null };
        if (turn.State.Lifetime == Lifetime.Stopping)
        {
            EndIfNothingIsLeft(turn);
            return;
        }

        // The launch may have opened listeners that only the new configuration wants.
        var givenUp = turn.Attempt.Step == AttemptStep.RollingBack;
        turn.Attempt = turn.Attempt with { Step = AttemptStep.RollingBack };
        ReleaseIfSettled(turn);
        if (givenUp)
        {
            turn.LeavePhase(Outcome.Ok);
            AfterRollback(turn);
        }
        else
        {
            Fail(turn, failed.Why);
        }
    }

    private static void OnReady(Turn turn, Ready ready)
    {
        if (!turn.CandidateAt(ready.Generation, AttemptStep.AwaitingReady))
        {
            return;
        }

        // Where nothing soaks there is no probe, and nothing is gained by warming up before the first one.
        var startup = turn.State.Candidate!.Plan.Orchestration.Startup;
        var wanted = turn.State.Active is not null || OwesOld(turn.State) || startup.Ready == Readiness.Delay;
        var traffic = ready.Traffic ?? turn.Attempt.Traffic ?? (turn.State.Active is null ? null : TrafficChoice.Default);
        turn.State = turn.State with { Traffic = traffic ?? turn.State.Traffic };
        turn.Attempt = turn.Attempt with { Step = AttemptStep.WarmingUp, Traffic = traffic };
        if (wanted && startup.WarmupDelay > TimeSpan.Zero)
        {
            turn.Emit(new WarmUp(ready.Generation, startup.WarmupDelay));
        }
        else
        {
            AfterWarmUp(turn);
        }
    }

    private static void OnNotReady(Turn turn, NotReady not)
    {
        if (turn.CandidateAt(not.Generation, AttemptStep.AwaitingReady) || turn.CandidateAt(not.Generation, AttemptStep.HandingOff))
        {
            Fail(turn, $"{turn.State.Candidate} is not ready: {not.Why}");
        }
    }

    private static void OnWarmedUp(Turn turn, WarmedUp warm)
    {
        if (turn.CandidateAt(warm.Generation, AttemptStep.WarmingUp))
        {
            AfterWarmUp(turn);
        }
    }

    private static void AfterWarmUp(Turn turn)
    {
        turn.LeavePhase(Outcome.Ok);
        if (OwesOld(turn.State))
        {
            Release(turn);
        }
        else if (turn.State.Active is null)
        {
            Commit(turn);
        }
        else
        {
            HandOff(turn);
        }
    }
}

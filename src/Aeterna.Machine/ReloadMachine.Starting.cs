using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>STARTING: the candidate is launched, gets ready, and warms up.</summary>
internal static partial class ReloadMachine
{
    private static void LaunchCandidate(Turn turn)
    {
        var number = turn.State.NextGeneration;
        var plan = turn.Attempt.Fallback ? turn.State.ServedPlan! : turn.Attempt.Plan!;
        turn.EnterPhase(PhaseName.Start);
        turn.State = turn.State with { Candidate = new Member(number, 0, plan), NextGeneration = number + 1 };
        turn.Emit(new Launch(number, plan, turn.Attempt.Fallback ? null : turn.Attempt.Program));
    }

    private static void OnLaunched(Turn turn, Launched launched)
    {
        if (turn.State.Candidate is not { Pid: 0 } candidate || candidate.Number != launched.Generation)
        {
            return;
        }

        turn.State = turn.State with { Candidate = candidate with { Pid = launched.Pid } };
        if (turn.State.Lifetime == Lifetime.Stopping)
        {
            DismissCandidate(turn, dead: false);
        }
        else
        {
            turn.Fire(Trigger.Launched);
        }
    }

    /// <summary>Only its name changes. A launch that has not been answered brings the name that counts by then.</summary>
    private static void OnMainMoved(Turn turn, MainMoved moved)
    {
        var state = turn.State;
        turn.State = state with
        {
            Active = Named(state.Active),
            Parked = Named(state.Parked),
            Candidate = Named(state.Candidate),
            Leaving = state.Leaving.Find(member => Named(member) != member) is { } leaving
                ? state.Leaving.Replace(leaving, Named(leaving)!)
                : state.Leaving,
        };

        Member? Named(Member? member) => member is { Pid: not 0 } && member.Number == moved.Generation ? member with { Pid = moved.Pid } : member;
    }

    private static void AwaitReadiness(Turn turn)
    {
        var (candidate, attempt) = (turn.State.Candidate!, turn.Attempt);
        turn.Emit(new AwaitReady(
            candidate.Number, candidate.Plan, attempt.Predecessor, PredecessorPlan(turn, attempt), attempt.Forced, attempt.Traffic,
            OwesOld(turn.State)));
    }

    /// <summary>The attempt was given up while the launch was under way.</summary>
    private static void LeaveUnwanted(Turn turn)
    {
        turn.Attempt = turn.Attempt with { Awaited = turn.State.Candidate!.Number };
        DismissCandidate(turn, dead: false);
        turn.Fire(Trigger.Unserved);
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

        turn.Fire(On.LaunchFailed, failed);
    }

    // The launch may have opened listeners that only the new configuration wants.
    private static void FailLaunch(Turn turn, LaunchFailed failed)
    {
        ReleaseIfSettled(turn);
        Fail(turn, failed.Why);
    }

    /// <summary>The attempt was given up already, and there is nothing to wait for now.</summary>
    private static void AfterUnwanted(Turn turn)
    {
        ReleaseIfSettled(turn);
        turn.LeavePhase(PhaseOutcome.Ok);
        turn.Fire(Trigger.Cleared);
    }

    private static void BeginWarmUp(Turn turn, Ready ready)
    {
        // Where nothing soaks there is no probe, and nothing is gained by warming up before the first one.
        var startup = turn.State.Candidate!.Plan.Orchestration.Startup;
        var wanted = turn.State.Active is not null || OwesOld(turn.State) || startup.Ready == Readiness.Delay;
        var traffic = ready.Traffic ?? turn.Attempt.Traffic ?? (turn.State.Active is null ? null : TrafficChoice.Default);
        turn.State = turn.State with { Traffic = traffic ?? turn.State.Traffic };
        turn.Attempt = turn.Attempt with { Traffic = traffic };
        if (wanted && startup.WarmupDelay > TimeSpan.Zero)
        {
            turn.Emit(new WarmUp(ready.Generation, startup.WarmupDelay));
        }
        else
        {
            turn.Fire(Trigger.WarmedUp);
        }
    }

    private static void FailStart(Turn turn, NotReady not) => Fail(turn, $"{turn.State.Candidate} is not ready: {not.Why}");
}

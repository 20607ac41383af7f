using Aeterna.Contract;

namespace Aeterna.Machine;

/// <summary>The end of the service: on request, or because its first start failed.</summary>
internal static partial class ReloadMachine
{
    private static void OnStopAsked(Turn turn, StopAsked asked)
    {
        turn.Emit(new Take(asked.Request));
        switch (turn.State.Lifetime)
        {
            case Lifetime.New:
                End(turn, ExitCode.Done);
                break;
            case Lifetime.Going:
                BeginStop(turn, asked.Now);
                break;
            case Lifetime.Stopping:
                KillAll(turn);
                break;
            default:
                break;
        }
    }

    private static void BeginStop(Turn turn, bool now)
    {
        SuspendRestart(turn);
        if (turn.State.Active is not null)
        {
            turn.Emit(new CancelTimer(TimerKind.Served));
        }

        if (turn.State.Parked is not null)
        {
            turn.Emit(new CancelTimer(TimerKind.KeepWarm));
        }

        turn.Fire(Trigger.StopAsked);
        turn.State = turn.State with { Lifetime = Lifetime.Stopping };
        foreach (var member in turn.State.Leaving)
        {
            turn.Emit(new EndLeft(member.Number));
        }

        if (now)
        {
            KillAll(turn);
        }

        // A switch under way has its hands on both: it is hastened, and its end awaited.
        if (turn.State.Switch is null)
        {
            DismissAll(turn);
        }
        else
        {
            HastenSwitch(turn);
        }
    }

    private static void DismissAll(Turn turn)
    {
        var (active, candidate, kept) = (turn.State.Active, turn.State.Candidate, turn.State.Parked);
        if (active is not null || candidate is { Pid: > 0 })
        {
            turn.Emit(new DirectTraffic(turn.State.Outside is { } daemon ? new Route(daemon) : Route.Held));
        }

        turn.State = turn.State with { Active = null, Parked = null };
        foreach (var member in new[] { active, kept }.OfType<Member>().Where(m => m.Number != turn.State.Outside))
        {
            Dismiss(turn, member, dead: false);
        }

        if (candidate is { Pid: > 0 })
        {
            DismissCandidate(turn, dead: false);
        }

        EndIfNothingIsLeft(turn);
    }

    private static void KillAll(Turn turn)
    {
        turn.State = turn.State with { KillAtOnce = true };
        foreach (var member in turn.State.Leaving)
        {
            turn.Emit(new Kill(member.Number));
        }
    }

    private static void StopAttempt(Turn turn)
    {
        const string Stopped = "the service was stopped";
        var attempt = turn.Attempt;
        turn.LeavePhase(PhaseOutcome.Skipped, Stopped);
        turn.Emit(new AbandonWork(attempt.Number));
        turn.Emit(new CloseRecord(
            attempt.Number,
            attempt.Fallback || OwesOld(turn.State) ? Verdict.Failed : attempt.Verdict ?? Verdict.Failed,
            attempt.Message is null ? $"{Stopped} before it had ended" : $"{attempt.Message}; then {Stopped}"));
        if (attempt.Request is { } request)
        {
            turn.Emit(new Refuse(request, ProblemCode.Stopping, "cannot reload: the service is being stopped (start it again)"));
        }

        turn.State = turn.State with { Attempt = null };
    }

    private static void EndIfNothingIsLeft(Turn turn)
    {
        if (turn.State is { Leaving.IsEmpty: true, Candidate: null, Switch: null })
        {
            End(turn, ExitCode.Done);
        }
    }

    private static void End(Turn turn, int code)
    {
        if (turn.State.Outside is { } daemon)
        {
            turn.State = turn.State with { Active = null, Outside = null };
            turn.Emit(new GiveBack(daemon));
        }

        turn.State = turn.State with { Lifetime = Lifetime.Ended, ExitCode = code };
        turn.Emit(new Exit(code));
    }
}

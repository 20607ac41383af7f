using Aeterna.Contract;

namespace Aeterna.Machine;

/// <summary>The point of no return: the candidate becomes the active generation, and the old one is told to end or kept.</summary>
internal static partial class ReloadMachine
{
    /// <summary>The phase went well, and is the last one before the commit.</summary>
    private static void PassAndCommit(Turn turn)
    {
        turn.LeavePhase(PhaseOutcome.Ok, turn.Attempt.PromotedBy is { } by ? $"promoted by {by}" : null);
        Commit(turn);
    }

    /// <param name="turn">The turn.</param>
    /// <param name="message">What the record is to say; null: who serves in place of whom.</param>
    /// <param name="oldDied">The active generation is dead, and nobody has cleared it away yet.</param>
    private static void Commit(Turn turn, string? message = null, bool oldDied = false)
    {
        var (state, attempt) = (turn.State, turn.Attempt);
        var (old, fresh) = (state.Active, state.Candidate!);
        var plan = fresh.Plan;
        if (attempt.Given != Share.All)
        {
            turn.Emit(new DirectTraffic(new Route(fresh.Number)));
        }

        turn.State = state with
        {
            Active = fresh,
            Candidate = null,
            Outside = null,
            ServedPlan = plan,
            Replaced = old is not null ? new Departed(old.Number, old.Pid, null) : attempt.Displaced ? state.Replaced : state.LastDeath,
            Restart = state.Restart with { Owed = false, InRow = attempt.Kind == AttemptKind.Restart ? state.Restart.InRow : 0 },
            Attempt = attempt with
            {
                Given = Share.None,
                Verdict = attempt.Fallback ? Verdict.RolledBack : Verdict.Succeeded,
                Message = attempt.Fallback ? $"{attempt.Message}; {ReloadRecord.StartedAgain}, and {fresh} serves"
                    : message ?? Sentence(attempt, state, fresh),
            },
        };
        turn.Emit(new Committed(fresh.Number, plan, AskedFor: !attempt.Fallback && attempt.Kind != AttemptKind.Restart));
        turn.Emit(new StartTimer(TimerKind.Served, fresh.Number, plan.Restart.BackoffMax));
        if (old is null || oldDied)
        {
            ClearAway(turn, old);
        }
        else if (attempt.Kind == AttemptKind.Reload && plan.Orchestration.Drain.KeepWarm is var time && time > TimeSpan.Zero)
        {
            KeepWarm(turn, old, time);
            turn.Fire(Trigger.Cleared);
        }
        else
        {
            turn.EnterPhase(PhaseName.Drain);
            turn.Attempt = turn.Attempt with { Awaited = old.Number };
            DrainOld(turn, old);
        }
    }

    private static void ClearAway(Turn turn, Member? dead)
    {
        if (dead is not null)
        {
            Dismiss(turn, dead, dead: true);
        }

        ReleaseIfSettled(turn);
        turn.Fire(Trigger.Cleared);
    }

    // The signal is the old program's own; how long this reload may take is for the new configuration to say.
    private static void DrainOld(Turn turn, Member old)
    {
        turn.State = turn.State with { Leaving = turn.State.Leaving.Add(old) };
        turn.Emit(new Drain(
            old.Number, old.Plan.Orchestration.Drain.Signal, turn.Attempt.Plan!.Orchestration.Drain.Timeout, old.Standing, turn.Attempt.Displaced));
    }

    private static string Sentence(Attempt attempt, MachineState state, Member fresh) => state switch
    {
        { Active: { } old } => $"{fresh} serves {(attempt.Kind == AttemptKind.Rollback ? "again " : "")}in place of {old}{HowPromoted(attempt)}",
        { Replaced: { } old } when attempt.Displaced => $"{fresh} serves in place of generation {old.Number} (pid {old.Pid}){HowPromoted(attempt)}",
        { LastDeath: { Exit: { } exit } dead } when dead.Number == attempt.Predecessor =>
            $"generation {dead.Number} (pid {dead.Pid}) {ExitSentence.Of(exit)}; {fresh} serves",
        _ => $"{fresh} serves{(attempt.PassedOver is { } why ? $", although pre_flight {why}" : "")}",
    };

    private static string HowPromoted(Attempt attempt) => attempt.PromotedBy is { } by ? $", promoted by {by}" : "";
}

using Aeterna.Configuration;
using Aeterna.Contract;

namespace Aeterna.Orchestration.Machine;

/// <summary>HANDSHAKING and SOAKING: the candidate gets the state, is watched, and is committed.</summary>
internal static partial class ReloadMachine
{
    private static void HandOff(Turn turn)
    {
        turn.EnterPhase(PhaseName.Handoff);
        turn.Attempt = turn.Attempt with { Step = AttemptStep.HandingOff };
        turn.Emit(new BeginHandoff(turn.State.Active!.Number, turn.State.Candidate!.Number, turn.Attempt.Plan!));
    }

    private static void OnHandoffDone(Turn turn, HandoffDone done)
    {
        if (!turn.CandidateAt(done.Generation, AttemptStep.HandingOff))
        {
            return;
        }

        var (status, detail) = (done.Report.Status, done.Report.Detail);
        if (status == "failed" && turn.Attempt.Plan!.Orchestration.StateHandoff.Required)
        {
            Fail(turn, $"the state handoff failed and is required: {detail ?? "no reason was given"}");
            return;
        }

        turn.LeavePhase(status switch { "failed" => Outcome.Failed, "none" => Outcome.Skipped, _ => Outcome.Ok }, detail);
        Soak(turn);
    }

    private static void Soak(Turn turn)
    {
        var plan = turn.Attempt.Plan!;
        var livenessOnly = plan.Orchestration.Strategy == Strategy.Immediate || !plan.Orchestration.Canary.Enabled;
        turn.EnterPhase(PhaseName.Soak);
        turn.Attempt = turn.Attempt with { Step = AttemptStep.Soaking };
        turn.Emit(new BeginSoak(turn.State.Candidate!.Number, turn.State.Active!.Number, plan, livenessOnly));
    }

    private static void OnSoakEnded(Turn turn, SoakEnded ended)
    {
        if (!turn.CandidateAt(ended.Generation, AttemptStep.Soaking))
        {
            return;
        }

        if (ended.Failure is { } failure)
        {
            Fail(turn, $"{turn.State.Candidate} failed its soak: {failure}");
            return;
        }

        turn.LeavePhase(Outcome.Ok);
        Commit(turn);
    }

    /// <summary>The point of no return: the candidate becomes the active generation, and the old one is told to end.</summary>
    private static void Commit(Turn turn, string? message = null)
    {
        var state = turn.State;
        var attempt = turn.Attempt;
        var plan = attempt.Plan!;
        var old = state.Active;
        var fresh = state.Candidate!;
        turn.State = state with
        {
            Active = fresh,
            Candidate = null,
            ServedPlan = plan,
            Replaced = old is null ? state.LastDeath : new Departed(old.Number, old.Pid, null),
            Restart = state.Restart with { Owed = false, InRow = attempt.Kind == AttemptKind.Restart ? state.Restart.InRow : 0 },
            Attempt = attempt with
            {
                Step = AttemptStep.Draining,
                Verdict = Verdict.Succeeded,
                Message = message ?? Sentence(attempt, state, fresh),
            },
        };
        turn.Emit(new Committed(fresh.Number, plan));
        turn.Emit(new StartTimer(TimerKind.Served, fresh.Number, plan.Restart.BackoffMax));
        if (old is null)
        {
            ReleaseIfSettled(turn);
            PostProcess(turn);
            return;
        }

        // The signal is the old program's own; how long this reload may take is for the new configuration to say.
        turn.EnterPhase(PhaseName.Drain);
        turn.Attempt = turn.Attempt with { Awaited = old.Number };
        turn.State = turn.State with { Leaving = turn.State.Leaving.Add(old) };
        turn.Emit(new Drain(old.Number, old.Plan.Orchestration.Drain.Signal, plan.Orchestration.Drain.Timeout));
    }

    private static string Sentence(Attempt attempt, MachineState state, Member fresh) => state switch
    {
        { Active: { } old } => $"{fresh} serves in place of {old}",
        { LastDeath: { Exit: { } exit } dead } when dead.Number == attempt.Predecessor =>
            $"generation {dead.Number} (pid {dead.Pid}) {ExitSentence.Of(exit)}; {fresh} serves",
        _ => $"{fresh} serves",
    };
}

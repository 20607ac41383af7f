using Aeterna.Configuration;
using Aeterna.Listeners;

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
        if (done.Traffic is { } chosen)
        {
            turn.State = turn.State with { Traffic = chosen };
            turn.Attempt = turn.Attempt with { Traffic = chosen };
        }

        if (turn.Attempt.Traffic?.Traffic == Traffic.Exclusive)
        {
            Probe(turn);
        }
        else
        {
            Soak(turn);
        }
    }

    private static void Soak(Turn turn)
    {
        var (active, candidate) = (turn.State.Active, turn.State.Candidate!);
        var livenessOnly = LivenessOnly(candidate.Plan);
        turn.EnterPhase(PhaseName.Soak);
        turn.Attempt = turn.Attempt with { Step = AttemptStep.Soaking };
        if (turn.Attempt.Given == Share.None && !livenessOnly)
        {
            turn.Emit(new DirectTraffic(new Route(active!.Number, candidate.Number, candidate.Plan.Orchestration.Canary.Weight)));
            turn.Attempt = turn.Attempt with { Given = Share.Part };
        }

        turn.Emit(new BeginSoak(candidate.Number, active?.Number, candidate.Plan, livenessOnly));
    }

    private static bool LivenessOnly(Plan plan) =>
        plan.Orchestration.Strategy == Strategy.Immediate || !plan.Orchestration.Canary.Enabled;

    private static void OnSoakEnded(Turn turn, SoakEnded ended)
    {
        if (turn.CandidateAt(ended.Generation, AttemptStep.Probing))
        {
            if (ended.Failure is { } failed)
            {
                Fail(turn, $"{turn.State.Candidate} failed before the switch: {failed}");
            }
            else
            {
                Switch(turn, back: false);
            }
        }
        else if (turn.CandidateAt(ended.Generation, AttemptStep.Soaking))
        {
            if (ended.Failure is { } failed)
            {
                Fail(turn, $"{turn.State.Candidate} failed its soak: {failed}");
            }
            else
            {
                turn.LeavePhase(Outcome.Ok);
                Commit(turn);
            }
        }
    }
}

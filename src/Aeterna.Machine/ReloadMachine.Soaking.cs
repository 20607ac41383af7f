using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>HANDSHAKING and SOAKING: the candidate gets the state, is watched, and is committed.</summary>
internal static partial class ReloadMachine
{
    private static void HandOff(Turn turn)
    {
        turn.LeavePhase(PhaseOutcome.Ok);
        turn.EnterPhase(PhaseName.Handoff);
        turn.Emit(new BeginHandoff(turn.State.Active!.Number, turn.State.Candidate!.Number, turn.Attempt.Plan!));
    }

    private static void FailHandoff(Turn turn, HandoffDone done) =>
        Fail(turn, $"the state handoff failed and is required: {done.Report.Detail ?? "no reason was given"}");

    private static void EndHandoff(Turn turn, HandoffDone done)
    {
        var (status, detail) = (done.Report.Status, done.Report.Detail);
        turn.LeavePhase(
            status switch
            {
                HandoverStatus.Success => PhaseOutcome.Ok,
                HandoverStatus.None => PhaseOutcome.Skipped,
                HandoverStatus.Failed => PhaseOutcome.Failed,
                _ => throw new InvalidOperationException($"a handoff does not end with \"{status}\""),
            },
            detail);
        if (done.Traffic is { } chosen)
        {
            turn.State = turn.State with { Traffic = chosen };
            turn.Attempt = turn.Attempt with { Traffic = chosen };
        }
    }

    private static void Soak(Turn turn)
    {
        var (active, candidate) = (turn.State.Active, turn.State.Candidate!);
        var livenessOnly = LivenessOnly(candidate.Plan);
        turn.EnterPhase(PhaseName.Soak);
        if (turn.Attempt.Given == Share.None && !livenessOnly)
        {
            turn.Emit(new DirectTraffic(new Route(active!.Number, candidate.Number, candidate.Plan.Orchestration.Canary.Weight)));
            turn.Attempt = turn.Attempt with { Given = Share.Part };
        }

        turn.Emit(new BeginSoak(candidate.Number, active?.Number, candidate.Plan, livenessOnly));
    }

    private static bool LivenessOnly(Plan plan) =>
        plan.Orchestration.Strategy == Strategy.Immediate || !plan.Orchestration.Canary.Enabled;

    private static void OnSoakEnded(Turn turn, SoakEnded ended) =>
        turn.Fire(turn.Place == AttemptStep.Probing ? On.Probed : On.SoakEnded, ended);

    private static void FailSoak(Turn turn, SoakEnded ended) => Fail(turn, $"{turn.State.Candidate} failed its soak: {ended.Failure}");
}

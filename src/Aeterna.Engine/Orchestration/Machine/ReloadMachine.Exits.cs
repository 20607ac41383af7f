using Aeterna.Configuration;
using Aeterna.Contract;

namespace Aeterna.Orchestration.Machine;

/// <summary>A generation that ends by itself, in whatever moment.</summary>
internal static partial class ReloadMachine
{
    private static void OnExited(Turn turn, Exited exited)
    {
        if (turn.State.Active is { } active && active.Number == exited.Generation)
        {
            ActiveDied(turn, active, exited);
        }
        else if (turn.State.Candidate is { Pid: > 0 } candidate
            && candidate.Number == exited.Generation
            && turn.State.Attempt is { } attempt)
        {
            Fail(turn, $"{candidate} {ExitSentence.Of(exited.Exit)} {Moment(attempt.Step)}", candidateDied: true);
        }
    }

    private static string Moment(AttemptStep step) => step switch
    {
        AttemptStep.AwaitingReady => "before it was ready",
        AttemptStep.WarmingUp => "while it warmed up",
        AttemptStep.HandingOff => "during the state handoff",
        _ => "during its soak",
    };

    private static void ActiveDied(Turn turn, Member dead, Exited exited)
    {
        var what = $"{dead} {ExitSentence.Of(exited.Exit)}";
        turn.State = turn.State with
        {
            Active = null,
            Deaths = turn.State.Deaths + 1,
            LastDeath = new Departed(dead.Number, dead.Pid, exited.Exit),
            Restart = turn.State.Restart with { Owed = Wants(dead.Plan.Restart.Policy, exited) },
        };
        Dismiss(turn, dead, dead: true);
        turn.Emit(new CancelTimer(TimerKind.Served));
        switch (turn.State.Attempt)
        {
            case null:
                DiedAlone(turn, dead, what);
                break;
            case { Step: AttemptStep.WarmingUp, Plan.Orchestration.Startup.Ready: Readiness.Delay }:
            case { Step: < AttemptStep.WarmingUp }:
                // The attempt goes on: its candidate takes over as soon as it is ready.
                break;
            case { Step: <= AttemptStep.Soaking } attempt:
                turn.LeavePhase(Outcome.Skipped, $"cut short: {what}");
                turn.Emit(new AbandonWork(attempt.Number));
                Commit(turn, $"{what} during the reload; {turn.State.Candidate} took its place at once");
                break;
            case { } attempt:
                turn.Attempt = attempt with
                {
                    Verdict = Verdict.Failed,
                    Message = $"{attempt.Message}; then {what}",
                };
                HurryIfUnserved(turn);
                break;
        }
    }

    private static void DiedAlone(Turn turn, Member dead, string what)
    {
        if (!CanRestart(turn.State))
        {
            var why = turn.State.Restart.Owed
                ? $"restart.limit of {dead.Plan.Restart.Limit} is reached"
                : "restart.policy does not want it started again";
            Open(turn, AttemptKind.Restart, null, false, dead.Plan);
            turn.Attempt = turn.Attempt with { Verdict = Verdict.Failed, Message = $"{what}, and {why} (reload to start it again)" };
            Close(turn);
            return;
        }

        Settle(turn);
    }

    private static bool Wants(RestartPolicy policy, Exited exited) => policy switch
    {
        RestartPolicy.Always => true,
        RestartPolicy.OnFailure => !exited.Exit.Clean,
        _ => false,
    };
}

using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Listeners;

namespace Aeterna.Orchestration.Machine;

/// <summary>A generation that ends by itself, in whatever moment.</summary>
internal static partial class ReloadMachine
{
    private static void OnExited(Turn turn, Exited exited)
    {
        var state = turn.State;
        if (state.Switch is { } pending && (exited.Generation == pending.From || exited.Generation == pending.To))
        {
            turn.State = state.Deferred.Contains(exited) ? state : state with { Deferred = state.Deferred.Add(exited) };
        }
        else if (state.Lifetime == Lifetime.Stopping)
        {
            // All were told to end, and it did.
        }
        else if (state.Active is { } active && active.Number == exited.Generation)
        {
            ActiveDied(turn, active, exited);
        }
        else if (state.Parked is { } kept && kept.Number == exited.Generation)
        {
            KeptDied(turn, kept, exited);
        }
        else if (state is { Candidate: { Pid: > 0 } candidate, Attempt: { } attempt } && candidate.Number == exited.Generation)
        {
            Fail(turn, $"{candidate} {ExitSentence.Of(exited.Exit)} {Moment(attempt.Step)}", candidateDied: true);
        }
    }

    private static string Moment(AttemptStep step) => step switch
    {
        AttemptStep.AwaitingReady => "before it was ready",
        AttemptStep.WarmingUp => "while it warmed up",
        AttemptStep.HandingOff => "during the state handoff",
        AttemptStep.Probing => "before the switch",
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
        var takesOver = TakesOver(turn.State.Attempt);
        var kept = turn.State is { Parked: { } parked, Attempt: null or { Step: AttemptStep.Reading or AttemptStep.PostProcess } } ? parked : null;
        if (turn.State.Attempt is not { Given: Share.All })
        {
            var heir = takesOver ? turn.State.Candidate : kept;
            turn.Emit(new DirectTraffic(heir is null ? Route.Held : new Route(heir.Number), dead.Number));
        }

        Dismiss(turn, dead, dead: true);
        turn.Emit(new CancelTimer(TimerKind.Served));
        switch (turn.State.Attempt)
        {
            case var _ when kept is not null:
                ComeBack(turn, what);
                break;
            case null:
                DiedAlone(turn, dead, what);
                break;
            case { } attempt when takesOver:
                turn.LeavePhase(Outcome.Skipped, $"cut short: {what}");
                turn.Emit(new AbandonWork(attempt.Number));
                turn.Attempt = turn.Attempt with { Given = Share.All };
                Commit(turn, $"{what} during the reload; {turn.State.Candidate} took its place at once");
                break;
            case { Step: <= AttemptStep.WarmingUp }:
                // The attempt goes on: its candidate takes over as soon as it is ready.
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

    /// <summary>The candidate is ready, and nobody has found it wanting.</summary>
    private static bool TakesOver(Attempt? attempt) => attempt switch
    {
        { Step: AttemptStep.WarmingUp } => attempt.Plan!.Orchestration.Startup.Ready != Readiness.Delay,
        { Step: > AttemptStep.WarmingUp and <= AttemptStep.Soaking } => true,
        _ => false,
    };

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

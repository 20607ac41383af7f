using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

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
            turn.Fire(On.ActiveDied, new Death(active, exited.Exit));
        }
        else if (state.Parked is { } kept && kept.Number == exited.Generation)
        {
            KeptDied(turn, kept, exited);
        }
        else if (turn.IsCandidate(exited.Generation))
        {
            turn.Fire(On.CandidateDied, $"{state.Candidate} {ExitSentence.Of(exited.Exit)} {Moment(turn.Attempt.Step)}{(exited.Why is { } why ? $": {why}" : "")}");
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

    /// <summary>The active generation is dead: its traffic goes to another one, or is held.</summary>
    private static void Bury(Turn turn, Death death, Member? heir = null)
    {
        var dead = death.Dead;
        turn.State = turn.State with
        {
            Active = null,
            Outside = null,
            Deaths = turn.State.Deaths + 1,
            LastDeath = new Departed(dead.Number, dead.Pid, death.Exit),
            Restart = turn.State.Restart with { Owed = Wants(dead.Plan.Restart.Policy, death.Exit) },
        };
        if (turn.State.Attempt is not { Given: Share.All })
        {
            turn.Emit(new DirectTraffic(heir is null ? Route.Held : new Route(heir.Number), dead.Number));
        }

        Dismiss(turn, dead, dead: true);
        turn.Emit(new CancelTimer(TimerKind.Served));
    }

    /// <summary>Another one is there to serve at once: the candidate, or the one that is kept.</summary>
    private static void TakeOver(Turn turn, Death death, Place from)
    {
        if (turn.State.Candidate is { } candidate)
        {
            Bury(turn, death, candidate);
            turn.LeavePhase(PhaseOutcome.Skipped, $"cut short: {death.What}");
            turn.Emit(new AbandonWork(turn.Attempt.Number));
            turn.Attempt = turn.Attempt with { Given = Share.All };
            Commit(turn, $"{death.What} during the reload; {candidate} took its place at once");
        }
        else
        {
            Bury(turn, death, turn.State.Parked);
            ComeBack(turn, death.What, from);
        }
    }

    /// <summary>The attempt is decided already, and what it brought is dead.</summary>
    private static void Spoil(Turn turn, Death death)
    {
        Bury(turn, death);
        turn.Attempt = turn.Attempt with { Verdict = Verdict.Failed, Message = $"{turn.Attempt.Message}; then {death.What}" };
        turn.Fire(Trigger.Unserved);
    }

    private static void DiedAlone(Turn turn, Death death)
    {
        Bury(turn, death);
        if (!CanRestart(turn.State))
        {
            var why = turn.State.Restart.Owed
                ? $"restart.limit of {death.Dead.Plan.Restart.Limit} is reached"
                : "restart.policy does not want it started again";
            Open(turn, AttemptKind.Restart, null, false, death.Dead.Plan);
            turn.Attempt = turn.Attempt with { Verdict = Verdict.Failed, Message = $"{death.What}, and {why} (reload to start it again)" };
            Close(turn);
            return;
        }

        Settle(turn);
    }

    private static bool Wants(RestartPolicy policy, ProcessExit exit) => policy switch
    {
        RestartPolicy.Always => true,
        RestartPolicy.OnFailure => !exit.Clean,
        _ => false,
    };
}

using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>Sequential traffic: two generations never coexist. The inputs are held from the old one's end until another serves.</summary>
internal static partial class ReloadMachine
{
    private static void Displace(Turn turn)
    {
        var old = turn.State.Active!;
        turn.EnterPhase(PhaseName.Drain);
        turn.Attempt = turn.Attempt with { Displaced = true, Awaited = old.Number };
        turn.State = turn.State with { Active = null, Replaced = new Departed(old.Number, old.Pid, null), Outside = null };
        turn.Emit(new CancelTimer(TimerKind.Served));
        turn.Emit(new DirectTraffic(Route.Held));
        DrainOld(turn, old);
    }

    /// <summary>One is gone and another follows: the new one after the old one, unless it was given up meanwhile; else the old one again.</summary>
    private static void LaunchAfter(Turn turn, Place from)
    {
        if (from != AttemptStep.Holding)
        {
            LaunchAgain(turn);
        }
        else if (turn.Attempt.Recall is { } recall)
        {
            turn.Attempt = turn.Attempt with { Verdict = Verdict.RolledBack, Message = recall };
            LaunchAgain(turn);
        }
        else
        {
            LaunchCandidate(turn);
        }
    }

    /// <summary>The candidate is ready and alone: it gets the traffic, and soaks on it.</summary>
    private static void Release(Turn turn)
    {
        turn.LeavePhase(PhaseOutcome.Ok);
        turn.Emit(new DirectTraffic(new Route(turn.State.Candidate!.Number)));
        turn.Attempt = turn.Attempt with { Given = Share.All };
        Soak(turn);
    }

    /// <summary>Whether the old command has to be started again, since its generation was told to end for the sake of one that was no good.</summary>
    private static bool OwesOld(MachineState state) => state is { Active: null, Attempt: { Displaced: true, Fallback: false } };

    /// <summary>Starts the old command again, with the plan that served; the inputs are still held.</summary>
    private static void LaunchAgain(Turn turn)
    {
        turn.Attempt = turn.Attempt with { Fallback = true, Given = Share.None };
        LaunchCandidate(turn);
    }

    /// <summary>The old command did not come up again either: from here on it is a restart that is owed.</summary>
    private static void GiveUpFallback(Turn turn, string why)
    {
        var owed = turn.State.ServedPlan!.Restart.Policy != RestartPolicy.Never;
        turn.State = turn.State with { Restart = turn.State.Restart with { Owed = owed } };
        turn.Attempt = turn.Attempt with
        {
            Verdict = Verdict.Failed,
            Message = $"{turn.Attempt.Message}; and the old command could not be started again: {why}",
        };
    }
}

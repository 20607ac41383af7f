using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>What follows once no attempt is open: serve, wait for a restart, or give up.</summary>
internal static partial class ReloadMachine
{
    private static void Settle(Turn turn)
    {
        var state = turn.State;
        if (state.Active is not null)
        {
            if (state.Outside is not null)
            {
                End(turn, ExitCode.RolledBack); // It was not to be, and what there was before goes on without the engine.
            }

            return;
        }

        if (state.ServedPlan is not { } plan)
        {
            // The first start failed: whoever started the engine is told by its exit code.
            End(turn, ExitCode.Failed);
            return;
        }

        if (CanRestart(state))
        {
            var restart = state.Restart;
            turn.State = state with
            {
                Restart = restart with { InRow = restart.InRow + 1, Waiting = true, Timer = restart.Timer + 1 },
            };
            turn.Emit(new StartTimer(TimerKind.Restart, restart.Timer + 1, Backoff(plan.Restart, restart.InRow)));
            return;
        }

        turn.State = state with { Restart = state.Restart with { Owed = false, InRow = 0 } };
        turn.Emit(new Announce("no generation serves and none will be started (reload to start one); the sockets stay open"));
    }

    private static bool CanRestart(MachineState state) =>
        state is { Restart: { Owed: true } restart, ServedPlan.Restart.Limit: var limit } && (limit == 0 || restart.InRow < limit);

    /// <summary>Doubles with each restart in a row.</summary>
    internal static TimeSpan Backoff(RestartPlan plan, int before)
    {
        var wait = plan.BackoffInitial;
        for (var i = 0; i < before && wait < plan.BackoffMax; i++)
        {
            wait = wait > plan.BackoffMax / 2 ? plan.BackoffMax : wait * 2;
        }

        return wait < plan.BackoffMax ? wait : plan.BackoffMax;
    }

    private static void OnTimerFired(Turn turn, TimerFired fired)
    {
        var state = turn.State;
        if (fired.Kind == TimerKind.Served)
        {
            if (state.Active?.Number == fired.Key)
            {
                turn.State = state with { Restart = state.Restart with { InRow = 0 } };
            }
        }
        else if (fired.Kind == TimerKind.KeepWarm)
        {
            if (state.Parked?.Number == fired.Key)
            {
                EndWindow(turn);
            }
        }
        else if (state.Restart.Waiting && state.Restart.Timer == fired.Key)
        {
            turn.Fire(Trigger.RestartDue);
        }
    }

    private static void BeginRestart(Turn turn)
    {
        turn.State = turn.State with { Restart = turn.State.Restart with { Waiting = false } };
        Open(turn, AttemptKind.Restart, null, false, turn.State.ServedPlan);
        Inspect(turn);
    }

    /// <summary>Takes back a restart that waits; it stays owed, and has not counted.</summary>
    private static void SuspendRestart(Turn turn)
    {
        var restart = turn.State.Restart;
        if (restart.Waiting)
        {
            turn.State = turn.State with { Restart = restart with { Waiting = false, InRow = restart.InRow - 1 } };
            turn.Emit(new CancelTimer(TimerKind.Restart));
        }
    }
}

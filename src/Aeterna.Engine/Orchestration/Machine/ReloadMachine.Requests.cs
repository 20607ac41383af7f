using Aeterna.Configuration;
using Aeterna.Contract;

namespace Aeterna.Orchestration.Machine;

/// <summary>Start, reload and rollback requests: which are taken, and which refused with what sentence.</summary>
internal static partial class ReloadMachine
{
    private static void OnStartAsked(Turn turn, StartAsked asked)
    {
        if (turn.State.Lifetime != Lifetime.New)
        {
            return;
        }

        turn.State = turn.State with { Lifetime = Lifetime.Going };
        Open(turn, AttemptKind.Start, null, false, asked.Plan);
        Inspect(turn);
    }

    private static void OnReloadAsked(Turn turn, ReloadAsked asked)
    {
        if (WhyNoReload(turn.State) is var (code, detail))
        {
            turn.Emit(new Refuse(asked.Request, code, detail));
            return;
        }

        SuspendRestart(turn);
        Open(turn, AttemptKind.Reload, asked.Request, asked.Force, null);
        turn.EnterPhase(PhaseName.Configuration);
        turn.Attempt = turn.Attempt with { Step = AttemptStep.Reading };
        turn.Emit(new ReadConfiguration(turn.Attempt.Number));
    }

    private static (string Code, string Detail)? WhyNoReload(MachineState state) => state switch
    {
        { Lifetime: Lifetime.Stopping or Lifetime.Ended } =>
            (ProblemCode.Stopping, "cannot reload: the service is being stopped (start it again)"),
        { Lifetime: Lifetime.New } =>
            (ProblemCode.ReloadBusy, "cannot reload: the first start has not begun (try again in a moment)"),
        { Attempt: { Kind: var kind } } =>
            (ProblemCode.ReloadBusy, $"cannot reload: {Name(kind)} is under way (wait until it has ended)"),
        _ => null,
    };

    private static void OnRollbackAsked(Turn turn, RollbackAsked asked)
    {
        var why = $"rolled back on request of {asked.RequestedBy}";
        switch (turn.State)
        {
            case { Lifetime: Lifetime.Stopping or Lifetime.Ended }:
                turn.Emit(new Refuse(asked.Request, ProblemCode.Stopping, "cannot roll back: the service is being stopped"));
                break;
            case { Attempt: { Kind: AttemptKind.Reload, Step: AttemptStep.RollingBack or AttemptStep.SwitchingBack } }:
            case { Attempt: { Kind: AttemptKind.Reload, Fallback: true, Step: <= AttemptStep.Soaking } }:
            case { Attempt: { Kind: AttemptKind.Rollback, Step: <= AttemptStep.RollingBack } }:
                turn.Emit(new Take(asked.Request));
                break;
            case { Attempt: { Kind: AttemptKind.Reload, Step: AttemptStep.Switching or AttemptStep.Holding } attempt }:
                // Neither can be broken off: the one is called back, and after the other the old command is started again.
                turn.Emit(new Take(asked.Request));
                turn.Attempt = attempt with { Recall = why };
                HastenSwitch(turn);
                break;
            case { Attempt: { Kind: AttemptKind.Reload, Step: <= AttemptStep.Soaking } attempt } when turn.State.Active is not null || attempt.Displaced:
                turn.Emit(new Take(asked.Request));
                TakeRequest(turn);
                Fail(turn, why);
                break;
            case var _ when CanUndo(turn.State):
                Undo(turn, asked);
                break;
            default:
                turn.Emit(new Refuse(asked.Request, ProblemCode.NothingToUndo, WhyNothingToUndo(turn.State)));
                break;
        }
    }

    private static string WhyNothingToUndo(MachineState state) => "cannot roll back: " + state switch
    {
        { Attempt: { Kind: AttemptKind.Reload, Step: > AttemptStep.RollingBack } } =>
            "the new generation has been committed and the old one told to end (reload with the old configuration)",
        { Attempt: { Kind: AttemptKind.Rollback } } =>
            "the generation before serves again already (reload with the configuration that is wanted)",
        { Attempt: { Kind: AttemptKind.Reload } } => "no old generation serves to which it could go back",
        { Attempt: { Kind: var kind } } => $"{Name(kind)} is under way, and a start has nothing to go back to",
        _ => "no reload is under way, and no generation is kept to go back to (reload with the old configuration; drain.keep_warm keeps one)",
    };

    /// <summary>Opens a record.</summary>
    private static void Open(
        Turn turn, AttemptKind kind, int? request, bool forced, Plan? plan, string? reason = null, Member? back = null)
    {
        var state = turn.State;
        var old = state.Active is { } active
            ? new Departed(active.Number, active.Pid, null)
            : kind is AttemptKind.Restart or AttemptKind.Rollback ? state.LastDeath : null;
        var attempt = new Attempt(state.NextAttempt, kind)
        {
            Request = request,
            Forced = forced,
            Plan = plan,
            Predecessor = old?.Number,
        };
        turn.State = state with { Attempt = attempt, NextAttempt = state.NextAttempt + 1 };
        turn.Emit(new OpenRecord(attempt.Number, kind, request, forced, plan, old, reason, back));
    }

    private static void HastenSwitch(Turn turn)
    {
        if (turn.State.Switch is not null)
        {
            turn.Emit(new HastenSwitch());
        }
    }

    /// <summary>Answers the request that the attempt came from, if that is still to be done.</summary>
    private static void TakeRequest(Turn turn)
    {
        if (turn.Attempt.Request is { } request)
        {
            turn.Attempt = turn.Attempt with { Request = null };
            turn.Emit(new Take(request));
        }
    }

    private static string Name(AttemptKind kind) => kind switch
    {
        AttemptKind.Start => "the first start",
        AttemptKind.Restart => "a restart",
        AttemptKind.Rollback => "a rollback",
        _ => "a reload",
    };
}

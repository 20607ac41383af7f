using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>Start, reload and rollback requests: which are taken, and which refused with what sentence.</summary>
internal static partial class ReloadMachine
{
    private static void BeginStart(Turn turn, StartAsked asked)
    {
        turn.State = turn.State with { Lifetime = Lifetime.Going };
        if (asked.Outside is { } daemon)
        {
            turn.State = turn.State with { Active = daemon, Outside = daemon.Number, ServedPlan = daemon.Plan, NextGeneration = daemon.Number + 1 };
            turn.Emit(new DirectTraffic(new Route(daemon.Number)));
        }

        Open(turn, asked.Outside is null ? AttemptKind.Start : AttemptKind.Adopt, null, false, asked.Plan);
        Inspect(turn);
    }

    private static void OnReloadAsked(Turn turn, ReloadAsked asked)
    {
        if (WhyNoReload(turn.State) is var (code, detail))
        {
            if (asked.Queue && code == ProblemCode.ReloadBusy)
            {
                turn.State = turn.State with { Queued = asked with { Force = asked.Force || turn.State.Queued is { Force: true } } };
                turn.Emit(new Queue(asked.Request));
            }
            else
            {
                turn.Emit(new Refuse(asked.Request, code, detail));
            }
        }
        else
        {
            turn.Fire(On.ReloadAsked, asked);
        }
    }

    /// <summary>What was queued begins as soon as nothing is under way; it has been answered.</summary>
    private static void BeginQueued(Turn turn)
    {
        if (turn.State is { Attempt: null, Queued: { } queued, Lifetime: Lifetime.Going })
        {
            turn.Fire(On.ReloadAsked, queued);
        }
        else if (turn.State is { Queued: not null, Lifetime: Lifetime.Stopping or Lifetime.Ended })
        {
            turn.State = turn.State with { Queued = null };
        }
    }

    private static void BeginReload(Turn turn, ReloadAsked asked)
    {
        SuspendRestart(turn);
        Open(turn, AttemptKind.Reload, asked.Request, asked.Force, null);
        if (turn.State.Queued == asked)
        {
            turn.State = turn.State with { Queued = null, Attempt = turn.Attempt with { Request = null } };
        }

        turn.EnterPhase(PhaseName.Configuration);
        turn.Emit(new ReadConfiguration(turn.Attempt.Number));
    }

    private static (string Code, string Detail)? WhyNoReload(MachineState state) => state switch
    {
        { Lifetime: Lifetime.Stopping or Lifetime.Ended } =>
            (ProblemCode.Stopping, "cannot reload: the service is being stopped (start it again)"),
        { Lifetime: Lifetime.New } =>
            (ProblemCode.ReloadBusy, "cannot reload: the first start has not begun (try again in a moment)"),
        { Attempt: { Kind: var kind } } =>
            (ProblemCode.ReloadBusy, $"cannot reload: {Name(kind)} is under way"),
        _ => null,
    };

    private static void OnRollbackAsked(Turn turn, RollbackAsked asked)
    {
        if (turn.State.Lifetime is Lifetime.Stopping or Lifetime.Ended)
        {
            turn.Emit(new Refuse(asked.Request, ProblemCode.Stopping, "cannot roll back: the service is being stopped"));
        }
        else if (!turn.Fits(On.RollbackAsked, asked))
        {
            turn.Emit(new Refuse(asked.Request, ProblemCode.NothingToUndo, WhyNothingToUndo(turn)));
        }
        else
        {
            turn.Fire(On.RollbackAsked, asked);
        }
    }

    /// <summary>What is asked for is under way already.</summary>
    private static void TakeAsDone(Turn turn, RollbackAsked asked) => turn.Emit(new Take(asked.Request));

    /// <summary>What is under way cannot be broken off: a switch is called back, and after a drain the old command is started again.</summary>
    private static void Recall(Turn turn, RollbackAsked asked)
    {
        turn.Emit(new Take(asked.Request));
        if (Replaces(turn.Attempt))
        {
            turn.Attempt = turn.Attempt with { Recall = Reason(asked) };
            HastenSwitch(turn);
        }
    }

    private static void GiveUp(Turn turn, RollbackAsked asked)
    {
        turn.Emit(new Take(asked.Request));
        TakeRequest(turn);
        Fail(turn, Reason(asked));
    }

    private static string Reason(RollbackAsked asked) => $"on request of {asked.RequestedBy}";

    private static string WhyNothingToUndo(Turn turn) => "cannot roll back: " + turn.State switch
    {
        { Attempt.Kind: AttemptKind.Reload or AttemptKind.Adopt } when turn.IsIn(Place.Draining) =>
            "the new generation has been committed and the old one told to end (reload with the old configuration)",
        { Attempt: { Kind: AttemptKind.Rollback } } =>
            "the generation before serves again already (reload with the configuration that is wanted)",
        { Attempt: { Kind: AttemptKind.Reload or AttemptKind.Adopt } } => "no old generation serves to which it could go back",
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
            Step = turn.Place.Step.GetValueOrDefault(),
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
        AttemptKind.Adopt => "an adoption",
        _ => "a reload",
    };
}

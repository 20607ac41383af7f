using Aeterna.Contract;

namespace Aeterna.Machine;

/// <summary>The engine itself is replaced while the service goes on: only when there is one generation, and nothing is under way.</summary>
internal static partial class ReloadMachine
{
    private static void OnUpgradeAsked(Turn turn, UpgradeAsked asked)
    {
        if ((asked.ForLedger ? WhyNoLedger(turn.State) : WhyNoUpgrade(turn.State)) is var (code, why))
        {
            turn.Emit(new Refuse(asked.Request, code, $"cannot upgrade: {why}"));
        }
        else
        {
            turn.Emit(new HandOver(asked.Request));
        }
    }

    /// <summary>Goes on with what a predecessor had.</summary>
    private static void OnCarried(Turn turn, Carried carried)
    {
        if (turn.State.Lifetime != Lifetime.New)
        {
            return;
        }

        turn.State = carried.State;
        if (carried.State.Active is { } active)
        {
            turn.Emit(new DirectTraffic(new Route(active.Number))); // It has it already; whoever was on its way there goes on.
            turn.Emit(new StartTimer(TimerKind.Served, active.Number, active.Plan.Restart.BackoffMax));
        }
        else
        {
            Settle(turn);
        }

        foreach (var old in carried.State.Leaving)
        {
            turn.Emit(new Drain(old.Number, old.Plan.Orchestration.Drain.Signal, old.Plan.Orchestration.Drain.Timeout, old.Standing));
        }
    }

    // What an attempt is about does not count before its commit: until then the ledger of before it does.
    private static (string Code, string Why)? WhyNoLedger(MachineState state) => state switch
    {
        { Lifetime: not Lifetime.Going } => (ProblemCode.Stopping, "the service is being stopped, or has not been started"),
        { Attempt: { Step: not (AttemptStep.Draining or AttemptStep.PostProcess), Kind: var kind } } => (ProblemCode.ReloadBusy, $"{Name(kind)} is under way"),
        { Active: null } or { Outside: not null } or { Switch: not null } => (ProblemCode.UpgradeRefused, "no generation serves, or traffic is on its way from one to another"),
        _ => null,
    };

    private static (string Code, string Why)? WhyNoUpgrade(MachineState state) => state switch
    {
        { Lifetime: Lifetime.Stopping or Lifetime.Ended } => (ProblemCode.Stopping, "the service is being stopped"),
        { Attempt: { Kind: var kind } } => (ProblemCode.ReloadBusy, $"{Name(kind)} is under way"),
        { Queued: not null } or { Lifetime: Lifetime.New } => (ProblemCode.ReloadBusy, "a start or a reload is about to begin"),
        { Active: null } => (ProblemCode.UpgradeRefused, "no generation serves (aeterna status says why)"),
        { Parked: { } kept } => (ProblemCode.UpgradeRefused, $"generation {kept.Number} is kept to go back to (try again when orchestration.drain.keep_warm is over, or go back with aeterna rollback)"),
        { Outside: not null } or { Leaving.IsEmpty: false } or { Candidate: not null } or { Switch: not null } =>
            (ProblemCode.UpgradeRefused, "an old generation has not ended (try again in a moment)"),
        _ => null,
    };
}

using Stateless;
using Stateless.Reflection;
using At = Aeterna.Machine.AttemptStep;
using Table = Stateless.StateMachine<Aeterna.Machine.Place, Aeterna.Machine.Trigger>;

namespace Aeterna.Machine;

/// <summary>The table: the steps of an attempt, the words above them, and what leads from one to the next.</summary>
internal static partial class ReloadMachine
{
    /// <summary>The table as data, for the diagram.</summary>
    internal static StateMachineInfo Describe() => Configure(new Turn()).GetInfo();

    /// <summary>The word of the control API that stands above a step.</summary>
    internal static string WordOf(AttemptStep step) => _words[step];

    private static readonly Dictionary<AttemptStep, string> _words = WordsOfSteps();

    private static Dictionary<AttemptStep, string> WordsOfSteps()
    {
        var turn = new Turn();
        return Enum.GetValues<At>().ToDictionary(
            step => step,
            step => Place.Words.Single(turn.From(new() { Attempt = new(0, AttemptKind.Start) { Step = step } }).IsIn).ToString());
    }

    /// <summary>The table for one turn, whose place it reads and sets; it keeps nothing of its own.</summary>
    private static Table Configure(Turn turn)
    {
        // Immediate: what an action decides is done there and then, so that the effects come in the order in which the code says them.
        var table = new Table(() => turn.Place, place => turn.Place = place, FiringMode.Immediate);
        // An event that does not fit changes nothing.
        table.OnUnhandledTrigger((_, _) => { });
        ConfigureNoAttempt(turn, table.Configure(Place.NoAttempt));
        ConfigurePreChecking(turn, table);
        ConfigureStarting(turn, table);
        ConfigureHandshaking(turn, table);
        ConfigureSoaking(turn, table);
        ConfigureDraining(turn, table);
        return table;
    }

    // A stop ends an attempt wherever it stands; what becomes of the generations then is for the lifetime to say.
    private static void ConfigureNoAttempt(Turn turn, Table.StateConfiguration none) => none
        .OnEntryFrom(Trigger.StopAsked, () => StopAttempt(turn))
        .OnEntryFrom(Trigger.Cleared, () => CloseAtOnce(turn, hooks: true))
        .OnEntryFrom(Trigger.Unserved, from => CloseAtOnce(turn, hooks: from.Source != At.PostProcess))
        .OnEntryFrom(On.HooksEnded, ended => AfterHooks(turn, ended))
        .PermitIf(On.StartAsked, At.Inspecting, _ => turn.State.Lifetime == Lifetime.New, "the engine is new")
        .PermitIf(On.ReloadAsked, At.Reading, _ => turn.State.Lifetime == Lifetime.Going, "the service is up")
        .Permit(Trigger.RestartDue, At.Inspecting)
        .PermitIf(On.RollbackAsked, At.Switching, _ => CanUndo(turn) && UndoSwitches(turn), "one is kept, exclusive")
        .PermitIf(On.RollbackAsked, At.Draining, _ => CanUndo(turn) && !UndoSwitches(turn), "one is kept, split")
        .PermitIf(On.ActiveDied, At.Draining, _ => IsKept(turn), "one is kept")
        .InternalTransitionIf(On.ActiveDied, _ => !IsKept(turn), (death, _) => DiedAlone(turn, death), "none is kept");

    private static void ConfigurePreChecking(Turn turn, Table table)
    {
        table.Configure(Place.PreChecking)
            .PermitIf(On.RollbackAsked, At.RollingBack, _ => CanGiveUp(turn), "there is an old one")
            .InternalTransition(On.ActiveDied, (death, _) => Bury(turn, death))
            .Permit(Trigger.StopAsked, Place.NoAttempt);
        table.Configure(At.Reading).SubstateOf(Place.PreChecking)
            .OnEntryFrom(On.ReloadAsked, asked => BeginReload(turn, asked))
            .Permit(Trigger.ConfigurationRead, At.Inspecting)
            .Permit(Trigger.ConfigurationBad, At.RollingBack)
            .PermitIf(On.ActiveDied, At.Draining, _ => IsKept(turn), "one is kept");
        table.Configure(At.Inspecting).SubstateOf(Place.PreChecking)
            .OnEntryFrom(On.StartAsked, asked => BeginStart(turn, asked))
            .OnEntryFrom(Trigger.RestartDue, () => BeginRestart(turn))
            .OnEntryFrom(On.ConfigurationRead, read => TakeConfiguration(turn, read))
            .PermitIf(On.ProgramInspected, At.RollingBack, e => !IsFit(e), "it cannot be started")
            .PermitIf(On.ProgramInspected, At.PreFlight, e => IsFit(e) && HasChecks(turn), "there are checks")
            .PermitIf(On.ProgramInspected, At.Holding, e => IsFit(e) && !HasChecks(turn) && Displaces(turn, e.Traffic), "sequential")
            .PermitIf(On.ProgramInspected, At.Launching, e => IsFit(e) && !HasChecks(turn) && !Displaces(turn, e.Traffic), "side by side");
        table.Configure(At.PreFlight).SubstateOf(Place.PreChecking)
            .OnEntryFrom(On.ProgramInspected, inspected => RunChecks(turn, inspected))
            .PermitIf(On.PreFlightEnded, At.RollingBack, e => Blocks(turn, e), "one blocks")
            .PermitIf(On.PreFlightEnded, At.Holding, e => !Blocks(turn, e) && Displaces(turn, turn.Attempt.Traffic), "sequential")
            .PermitIf(
                On.PreFlightEnded, At.Launching, e => !Blocks(turn, e) && !Displaces(turn, turn.Attempt.Traffic), "side by side");
    }

    private static void ConfigureStarting(Turn turn, Table table)
    {
        table.Configure(Place.Starting)
            .PermitIf(On.RollbackAsked, At.RollingBack, _ => CanGiveUp(turn), "there is an old one")
            .InternalTransitionIf(On.RollbackAsked, _ => turn.Attempt.Fallback, (asked, _) => TakeAsDone(turn, asked), "it is the old one")
            .Permit(Trigger.CandidateDied, At.RollingBack)
            .InternalTransition(On.ActiveDied, (death, _) => Bury(turn, death))
            .Permit(Trigger.StopAsked, Place.NoAttempt);
        table.Configure(At.Launching).SubstateOf(Place.Starting)
            .OnEntryFrom(On.ProgramInspected, inspected => { PassUnchecked(turn, inspected); LaunchCandidate(turn); })
            .OnEntryFrom(On.PreFlightEnded, ended => { Pass(turn, ended); LaunchCandidate(turn); })
            .OnEntryFrom(Trigger.Cleared, from => LaunchAfter(turn, from.Source))
            .Permit(Trigger.Launched, At.AwaitingReady)
            .Permit(Trigger.LaunchFailed, At.RollingBack);
        table.Configure(At.AwaitingReady).SubstateOf(Place.Starting)
            .OnEntry(() => AwaitReadiness(turn))
            .Permit(Trigger.Ready, At.WarmingUp)
            .Permit(Trigger.NotReady, At.RollingBack);
        table.Configure(At.WarmingUp).SubstateOf(Place.Starting)
            .OnEntryFrom(On.Ready, ready => BeginWarmUp(turn, ready))
            .PermitIf(Trigger.WarmedUp, At.Soaking, () => OwesOld(turn.State), "sequential")
            .PermitIf(Trigger.WarmedUp, At.Draining, () => !OwesOld(turn.State) && turn.State.Active is null, "nothing serves")
            .PermitIf(Trigger.WarmedUp, At.HandingOff, () => turn.State.Active is not null, "another serves")
            .PermitIf(On.ActiveDied, At.Draining, _ => IsSeenReady(turn), "seen to be ready");
    }

    private static void ConfigureHandshaking(Turn turn, Table table)
    {
        table.Configure(Place.Handshaking)
            .PermitIf(On.RollbackAsked, At.RollingBack, _ => CanGiveUp(turn), "there is an old one")
            .Permit(Trigger.CandidateDied, At.RollingBack)
            .Permit(Trigger.ActiveDied, At.Draining)
            .Permit(Trigger.StopAsked, Place.NoAttempt);
        table.Configure(At.HandingOff).SubstateOf(Place.Handshaking)
            .OnEntry(() => HandOff(turn))
            .Permit(Trigger.NotReady, At.RollingBack)
            .PermitIf(On.HandoffDone, At.RollingBack, e => LacksState(turn, e), "failed and required")
            .PermitIf(On.HandoffDone, At.Probing, e => !LacksState(turn, e) && IsExclusive(turn, e), "exclusive")
            .PermitIf(On.HandoffDone, At.Soaking, e => !LacksState(turn, e) && !IsExclusive(turn, e), "split");
    }

    private static void ConfigureSoaking(Turn turn, Table table)
    {
        table.Configure(Place.Soaking)
            .Permit(Trigger.CandidateDied, At.RollingBack)
            .Permit(Trigger.ActiveDied, At.Draining)
            .Permit(Trigger.StopAsked, Place.NoAttempt);
        table.Configure(At.Probing).SubstateOf(Place.Soaking)
            .OnEntryFrom(On.HandoffDone, done => { EndHandoff(turn, done); Probe(turn); })
            .PermitIf(On.RollbackAsked, At.RollingBack, _ => CanGiveUp(turn), "there is an old one")
            .PermitIf(On.Probed, At.RollingBack, e => e.Failure is not null, "failed")
            .PermitIf(On.Probed, At.Switching, e => e.Failure is null, "passed");
        table.Configure(At.Switching).SubstateOf(Place.Soaking)
            .OnEntryFrom(On.Probed, _ => SwitchAfterProbes(turn))
            .OnEntryFrom(On.RollbackAsked, asked => UndoBySwitch(turn, asked))
            .InternalTransition(On.RollbackAsked, (asked, _) => Recall(turn, asked))
            .PermitIf(On.SwitchEnded, At.RollingBack, e => !e.CameAbout, "called back")
            .PermitIf(On.SwitchEnded, At.Draining, e => e.CameAbout && turn.Attempt.Kind == AttemptKind.Rollback, "to the kept one")
            .PermitIf(On.SwitchEnded, At.Draining, e => e.CameAbout && turn.Attempt.Kind == AttemptKind.Adopt, "from an adopted daemon")
            .PermitIf(On.SwitchEnded, At.SwitchingBack, e => e.CameAbout && turn.Attempt.Kind != AttemptKind.Adopt && turn.Attempt.Recall is not null, "given up meanwhile")
            .PermitIf(On.SwitchEnded, At.Soaking, e => e.CameAbout && IsWanted(turn), "to the candidate");
        table.Configure(At.Soaking).SubstateOf(Place.Soaking)
            .OnEntryFrom(Trigger.WarmedUp, () => Release(turn))
            .OnEntryFrom(On.HandoffDone, done => { EndHandoff(turn, done); Soak(turn); })
            .OnEntryFrom(On.SwitchEnded, result => { EndSwitch(turn, result); Soak(turn); })
            .PermitIf(On.RollbackAsked, At.RollingBack, _ => CanGiveUp(turn) && !HasAll(turn), "there is an old one")
            .PermitIf(On.RollbackAsked, At.SwitchingBack, _ => CanGiveUp(turn) && HasAll(turn), "the old one is parked")
            .InternalTransition(On.RoundPassed, (_, _) => turn.Attempt = turn.Attempt with { Proven = true })
            .InternalTransitionIf(On.PromoteAsked, _ => MayPromote(turn), (asked, _) => Promote(turn, asked), "a round of probes has passed")
            .PermitIf(On.SoakEnded, At.RollingBack, e => e.Failure is not null && !HasAll(turn), "failed")
            .PermitIf(On.SoakEnded, At.SwitchingBack, e => e.Failure is not null && HasAll(turn), "failed, the old one is parked")
            .PermitIf(On.SoakEnded, At.Draining, e => e.Failure is null, "passed");
        table.Configure(At.SwitchingBack).SubstateOf(Place.Soaking)
            .OnEntryFrom(On.RollbackAsked, asked => GiveUp(turn, asked))
            .OnEntryFrom(On.SoakEnded, ended => FailSoak(turn, ended))
            .OnEntryFrom(On.SwitchEnded, result => { EndSwitch(turn, result); Fail(turn, turn.Attempt.Recall!); })
            .InternalTransition(On.RollbackAsked, (asked, _) => TakeAsDone(turn, asked))
            .PermitIf(On.SwitchedBack, At.RollingBack, e => e.Result.CameAbout || IsDead(turn, e.From), "the candidate has to go")
            .PermitIf(On.SwitchedBack, At.Draining, e => !e.Result.CameAbout && !IsDead(turn, e.From), "only the candidate lives");
    }

    private static void ConfigureDraining(Turn turn, Table table)
    {
        table.Configure(Place.Draining)
            .InternalTransition(On.ActiveDied, (death, _) => Spoil(turn, death))
            .PermitIf(Trigger.Unserved, Place.NoAttempt, () => IsUnserved(turn.State), "nothing serves, a restart is owed")
            .Permit(Trigger.StopAsked, Place.NoAttempt);
        table.Configure(At.Holding).SubstateOf(Place.Draining)
            .OnEntryFrom(On.ProgramInspected, inspected => { PassUnchecked(turn, inspected); Displace(turn); })
            .OnEntryFrom(On.PreFlightEnded, ended => { Pass(turn, ended); Displace(turn); })
            .InternalTransition(On.RollbackAsked, (asked, _) => Recall(turn, asked))
            .Permit(Trigger.Cleared, At.Launching);
        var back = table.Configure(At.RollingBack).SubstateOf(Place.Draining)
            .OnEntryFrom(On.RollbackAsked, asked => GiveUp(turn, asked))
            .OnEntryFrom(On.ConfigurationBad, bad => Block(turn, bad))
            .OnEntryFrom(On.ProgramInspected, inspected => Block(turn, inspected))
            .OnEntryFrom(On.PreFlightEnded, ended => Block(turn, ended))
            .OnEntryFrom(On.LaunchFailed, failed => FailLaunch(turn, failed))
            .OnEntryFrom(On.NotReady, not => FailStart(turn, not))
            .OnEntryFrom(On.HandoffDone, done => FailHandoff(turn, done))
            .OnEntryFrom(On.Probed, ended => FailProbes(turn, ended))
            .OnEntryFrom(On.SoakEnded, ended => FailSoak(turn, ended))
            .OnEntryFrom(On.CandidateDied, what => Fail(turn, what, candidateDied: true))
            .OnEntryFrom(On.SwitchEnded, result => FailSwitch(turn, result))
            .OnEntryFrom(On.SwitchedBack, ended => LeaveAfterWayBack(turn, ended))
            .InternalTransitionIf(On.RollbackAsked, _ => IsWayBack(turn), (asked, _) => TakeAsDone(turn, asked), "a way back")
            .InternalTransition(Trigger.Launched, _ => LeaveUnwanted(turn))
            .InternalTransition(Trigger.LaunchFailed, _ => AfterUnwanted(turn))
            .PermitIf(Trigger.Cleared, At.Launching, () => OwesOld(turn.State), "sequential");
        var drain = table.Configure(At.Draining).SubstateOf(Place.Draining)
            .OnEntryFrom(On.RollbackAsked, asked => UndoAtOnce(turn, asked))
            .OnEntryFrom(Trigger.WarmedUp, () => PassAndCommit(turn))
            .OnEntryFrom(On.SoakEnded, _ => PassAndCommit(turn))
            .OnEntryFrom(On.SwitchEnded, result => CommitKept(turn, result))
            .OnEntryFrom(On.SwitchedBack, ended => CommitForWantOfAnother(turn, ended.Result))
            .OnEntryFrom(On.ActiveDied, (death, from) => TakeOver(turn, death, from.Source));
        foreach (var ending in new[] { back, drain })
        {
            ending
                .PermitIf(Trigger.Cleared, At.PostProcess, () => RunsHooks(turn), "there are hooks")
                .PermitIf(Trigger.Cleared, Place.NoAttempt, () => !RunsHooks(turn) && !OwesOld(turn.State), "there are none");
        }

        table.Configure(At.PostProcess).SubstateOf(Place.Draining)
            .OnEntry(() => PostProcess(turn))
            .Permit(Trigger.HooksEnded, Place.NoAttempt)
            .PermitIf(On.RollbackAsked, At.Switching, _ => CanUndo(turn) && UndoSwitches(turn), "one is kept, exclusive")
            .PermitIf(On.RollbackAsked, At.Draining, _ => CanUndo(turn) && !UndoSwitches(turn), "one is kept, split")
            .PermitIf(On.ActiveDied, At.Draining, _ => IsKept(turn), "one is kept");
    }
}

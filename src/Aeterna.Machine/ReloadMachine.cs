namespace Aeterna.Machine;

/// <summary>
/// How a service is started, replaced, restarted and stopped: a pure function of state and event. It knows no time, no tasks
/// and no processes; the driver does what the effects say and answers with events.
/// </summary>
/// <remarks>
/// What always holds:
/// <list type="number">
/// <item>There is at most one candidate, and at most one launch is unanswered.</item>
/// <item>The active generation is never told to end before another one has been committed, except by a stop and with sequential traffic.</item>
/// <item>With exclusive traffic one generation has it at any time; traffic is directed only to generations that are not known to be dead.</item>
/// <item>A frozen generation is thawed, drained or discarded; and while a switch is unanswered nothing else is done to its two generations.</item>
/// <item>At most one record is open, and at most one phase of it; each is closed exactly once.</item>
/// <item>Every generation that was launched is drained or discarded exactly once, and leaves only when that is answered.</item>
/// <item>Every request is answered exactly once, and none waits for more than the reading of the configuration.</item>
/// <item>Nothing waits on behalf of a record while no generation serves and a restart is owed: service first.</item>
/// <item>Sockets are released only while a generation serves and no candidate exists.</item>
/// <item>Exit comes once, when no generation is left, and nothing comes after it but answers to late requests.</item>
/// <item>An event that does not fit (late, doubled, for somebody else) changes nothing.</item>
/// </list>
/// </remarks>
internal static partial class ReloadMachine
{
    // Used again by each step of a thread, since setting the table up takes twenty times as long as a step.
    [ThreadStatic]
    private static Turn? _turn;

    /// <summary>What follows from an event.</summary>
    public static (MachineState State, IReadOnlyList<Effect> Effects) Step(MachineState state, MachineEvent happened)
    {
        var turn = (_turn ??= new Turn()).From(state);
        switch (happened)
        {
            case StartAsked e: turn.Fire(On.StartAsked, e); break;
            case ReloadAsked e: OnReloadAsked(turn, e); break;
            case RollbackAsked e: OnRollbackAsked(turn, e); break;
            case PromoteAsked e: OnPromoteAsked(turn, e); break;
            case StopAsked e: OnStopAsked(turn, e); break;
            case UpgradeAsked e: OnUpgradeAsked(turn, e); break;
            case Carried e: OnCarried(turn, e); break;
            case ConfigurationRead e: turn.FireFor(e.Attempt, On.ConfigurationRead, e); break;
            case ConfigurationBad e: turn.FireFor(e.Attempt, On.ConfigurationBad, e); break;
            case ProgramInspected e: turn.FireFor(e.Attempt, On.ProgramInspected, e); break;
            case PreFlightEnded e: turn.FireFor(e.Attempt, On.PreFlightEnded, e); break;
            case Launched e: OnLaunched(turn, e); break;
            case MainMoved e: OnMainMoved(turn, e); break;
            case LaunchFailed e: OnLaunchFailed(turn, e); break;
            case Ready e when turn.IsCandidate(e.Generation): turn.Fire(On.Ready, e); break;
            case NotReady e when turn.IsCandidate(e.Generation): turn.Fire(On.NotReady, e); break;
            case WarmedUp e when turn.IsCandidate(e.Generation): turn.Fire(Trigger.WarmedUp); break;
            case HandoffDone e when turn.IsCandidate(e.Generation): turn.Fire(On.HandoffDone, e); break;
            case RoundPassed e when turn.IsCandidate(e.Generation): turn.Fire(On.RoundPassed, e); break;
            case SoakEnded e when turn.IsCandidate(e.Generation): OnSoakEnded(turn, e); break;
            case SwitchEnded e: OnSwitchEnded(turn, e); break;
            case Gone e: OnGone(turn, e); break;
            case HooksEnded e: turn.FireFor(e.Attempt, On.HooksEnded, e); break;
            case TimerFired e: OnTimerFired(turn, e); break;
            case Exited e: OnExited(turn, e); break;
            case Ready or NotReady or WarmedUp or HandoffDone or RoundPassed or SoakEnded: break;
            default: throw new ArgumentException($"unknown event {happened}", nameof(happened));
        }

        BeginQueued(turn);
        return (turn.State, turn.Effects);
    }

    /// <summary>Names of the phases.</summary>
    internal static class PhaseName
    {
        public const string Configuration = "configuration";
        public const string PreFlight = "pre_flight";
        public const string Start = "start";
        public const string Handoff = "handoff";
        public const string Switch = "switch";
        public const string Soak = "soak";
        public const string Drain = "drain";
        public const string Rollback = "rollback";
        public const string PostProcess = "post_process";
    }
}

using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Listeners;

namespace Aeterna.Orchestration.Machine;

/// <summary>Something that the driver has to do.</summary>
internal abstract record Effect;

// Work that is answered by an event; AbandonWork takes back what is under way for an attempt, and its answer does not come.

internal sealed record ReadConfiguration(int Attempt) : Effect;

internal sealed record InspectProgram(int Attempt, Plan Plan) : Effect;

/// <param name="Attempt">For which attempt.</param>
/// <param name="Plan">Whose commands.</param>
/// <param name="Generation">The number that the new generation will have.</param>
/// <param name="StopAtBlocking">The first blocking failure ends the round.</param>
internal sealed record RunPreFlight(int Attempt, Plan Plan, int Generation, bool StopAtBlocking) : Effect;

/// <summary>Opens the plan's listeners and starts a generation.</summary>
internal sealed record Launch(int Generation, Plan Plan) : Effect;

/// <param name="Generation">Which one.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="Predecessor">The generation whose sockets it must bind too.</param>
/// <param name="PredecessorPlan">That one's plan.</param>
/// <param name="Forced">It may leave sockets of its predecessor unbound.</param>
/// <param name="Traffic">How traffic is to move to it, as far as that is known.</param>
/// <param name="Displaced">The predecessor was told to end for its sake, and must be replaced whole although it is gone.</param>
internal sealed record AwaitReady(
    int Generation, Plan Plan, int? Predecessor, Plan? PredecessorPlan, bool Forced, TrafficChoice? Traffic = null, bool Displaced = false) : Effect;

internal sealed record WarmUp(int Generation, TimeSpan Delay) : Effect;

/// <summary>Carries state from the old generation to the new one.</summary>
internal sealed record BeginHandoff(int Old, int New, Plan Plan) : Effect;

/// <param name="Generation">The candidate.</param>
/// <param name="Active">The one that it is compared with; null when there is none.</param>
/// <param name="Plan">The candidate's plan.</param>
/// <param name="LivenessOnly">One look whether it is alive, in place of probes.</param>
/// <param name="OneRound">One round of probes, in place of a soak.</param>
internal sealed record BeginSoak(int Generation, int? Active, Plan Plan, bool LivenessOnly, bool OneRound = false) : Effect;

/// <summary>Moves all traffic from one generation to another, and freezes the one that it leaves. Not taken back by <see cref="AbandonWork"/>.</summary>
/// <param name="From">Who has the traffic.</param>
/// <param name="To">Who gets it.</param>
/// <param name="Back">The other one is frozen and has had it before: this is never recalled for want of rest.</param>
/// <param name="Timeout">Time that the one has to read what it was given and come to rest.</param>
/// <param name="Forced">Not recalled for want of rest either.</param>
internal sealed record BeginSwitch(int From, int To, bool Back, TimeSpan Timeout, bool Forced = false) : Effect;

/// <summary>Runs the hooks for a verdict, one after the other.</summary>
internal sealed record RunHooks(int Attempt, Plan Plan, string Verdict) : Effect
{
    /// <summary>The commands that the verdict calls for.</summary>
    public IReadOnlyList<HookPlan> Hooks => For(Plan, Verdict);

    public static IReadOnlyList<HookPlan> For(Plan plan, string verdict) =>
        verdict == Contract.Verdict.Succeeded ? plan.Orchestration.OnSuccess : plan.Orchestration.OnFailure;
}

/// <summary>
/// Tells a generation to end when it has nothing in hand any more, waits, kills what is left. Not taken back by <see cref="AbandonWork"/>.
/// </summary>
/// <param name="Generation">Which one.</param>
/// <param name="Signal">The signal that tells it.</param>
/// <param name="Timeout">Time that it has to come to rest, and then to end.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="Awaited">Clients wait until all of it is gone: what its main process leaves behind is told to end too.</param>
internal sealed record Drain(int Generation, int Signal, TimeSpan Timeout, Standing Standing = Standing.Running, bool Awaited = false) : Effect;

/// <summary>Kills what is left of a generation. Not taken back by <see cref="AbandonWork"/>.</summary>
internal sealed record Discard(int Generation) : Effect;

internal sealed record StartTimer(TimerKind Kind, int Key, TimeSpan Due) : Effect;

// What needs no answer.

internal sealed record AbandonWork(int Attempt) : Effect;

internal sealed record CancelTimer(TimerKind Kind) : Effect;

/// <summary>Directs all inputs of the service. From here on traffic goes so.</summary>
/// <param name="Route">Who gets what.</param>
/// <param name="TakeBack">A dead generation, what it has not read of which goes to the others.</param>
internal sealed record DirectTraffic(Route Route, int? TakeBack = null) : Effect;

/// <summary>Holds a generation still that has no traffic.</summary>
internal sealed record Freeze(int Generation) : Effect;

/// <summary>Lets a frozen generation go on.</summary>
internal sealed record Thaw(int Generation) : Effect;

/// <summary>Ends a <see cref="BeginSwitch"/> that is under way as soon as can be: before it is through it is recalled.</summary>
internal sealed record HastenSwitch : Effect;

/// <summary>Hastens a <see cref="Drain"/> that is under way.</summary>
internal sealed record Kill(int Generation) : Effect;

/// <summary>Closes the sockets that neither a generation nor this plan wants.</summary>
internal sealed record ReleaseUnused(Plan Plan) : Effect;

/// <summary>From here on this generation is the one that serves.</summary>
internal sealed record Committed(int Generation, Plan Plan) : Effect;

/// <param name="Attempt">Its number.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Request">Who asked; null: the engine itself.</param>
/// <param name="Forced">Failing pre-flight commands do not block.</param>
/// <param name="Plan">Null when it is still to be read.</param>
/// <param name="Old">The generation that serves, or the one that died.</param>
/// <param name="Reason">Why, when nobody asked.</param>
/// <param name="New">The generation that comes back; null when one is to be launched.</param>
internal sealed record OpenRecord(
    int Attempt, AttemptKind Kind, int? Request, bool Forced, Plan? Plan, Departed? Old, string? Reason = null, Member? New = null) : Effect;

internal sealed record EnterPhase(int Attempt, string Name) : Effect;

/// <param name="Attempt">Its number.</param>
/// <param name="Name">Which phase.</param>
/// <param name="Outcome"><c>ok</c>, <c>failed</c> or <c>skipped</c>.</param>
/// <param name="Detail">What there is to say of it.</param>
internal sealed record LeavePhase(int Attempt, string Name, string Outcome, string? Detail) : Effect;

internal sealed record CloseRecord(int Attempt, string Verdict, string Message) : Effect;

/// <summary>The request is taken; its record is the one that is open.</summary>
internal sealed record Take(int Request) : Effect;

/// <summary>The request is answered: a reload of its own follows what is under way. Those that were queued before are one with it.</summary>
internal sealed record Queue(int Request) : Effect;

internal sealed record Refuse(int Request, string Code, string Detail, IReadOnlyList<Finding>? Findings = null) : Effect;

/// <summary>Says something that no record tells.</summary>
internal sealed record Announce(string Message) : Effect;

/// <summary>The engine is to end. Comes once, and last.</summary>
internal sealed record Exit(int Code) : Effect;

internal enum TimerKind
{
    /// <summary>The backoff before a restart.</summary>
    Restart,

    /// <summary>The active generation (the key is its number) has served for <c>backoff.max</c>.</summary>
    Served,

    /// <summary>The end of the undo window; the key is the number of the generation that is kept.</summary>
    KeepWarm,
}

using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>What the driver does at once, in its loop; nothing answers it.</summary>
internal abstract record Order : Effect
{
    /// <summary>Has it done.</summary>
    public abstract void To(IOrders orders);
}

/// <summary>One who follows every order there is.</summary>
internal interface IOrders
{
    void Do(StartTimer order);

    void Do(AbandonWork order);

    void Do(CancelTimer order);

    void Do(DirectTraffic order);

    void Do(Freeze order);

    void Do(Thaw order);

    void Do(HastenSwitch order);

    void Do(EndSoak order);

    void Do(Kill order);

    void Do(EndLeft order);

    void Do(ReleaseUnused order);

    void Do(Committed order);

    void Do(OpenRecord order);

    void Do(EnterPhase order);

    void Do(LeavePhase order);

    void Do(CloseRecord order);

    void Do(Take order);

    void Do(Queue order);

    void Do(Refuse order);

    void Do(GiveBack order);

    void Do(HandOver order);

    void Do(Announce order);

    void Do(Exit order);
}

/// <summary>Posts <see cref="TimerFired"/> when the time has come, unless it is cancelled. There is at most one of each kind.</summary>
internal sealed record StartTimer(TimerKind Kind, int Key, TimeSpan Due) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

internal sealed record AbandonWork(int Attempt) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

internal sealed record CancelTimer(TimerKind Kind) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>Directs all inputs of the service. From here on traffic goes so.</summary>
/// <param name="Route">Who gets what.</param>
/// <param name="TakeBack">A dead generation, what it has not read of which goes to the others.</param>
internal sealed record DirectTraffic(Route Route, int? TakeBack = null) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>Writes down what another engine needs to go on with the service, and answers the request.</summary>
internal sealed record HandOver(int Request) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>Holds a generation still that has no traffic.</summary>
internal sealed record Freeze(int Generation) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>Lets a frozen generation go on.</summary>
internal sealed record Thaw(int Generation) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>Ends a <see cref="BeginSwitch"/> that is under way as soon as can be: before it is through it is recalled.</summary>
internal sealed record HastenSwitch : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>Ends the time of the <see cref="BeginSoak"/> under way: it passes as soon as the last result of each probe is good.</summary>
/// <param name="Attempt">Its number.</param>
/// <param name="Generation">The candidate.</param>
/// <param name="RequestedBy">Who has asked for it.</param>
internal sealed record EndSoak(int Attempt, int Generation, string RequestedBy) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>Hastens a <see cref="Drain"/> that is under way.</summary>
internal sealed record Kill(int Generation) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>Makes a <see cref="Drain"/> that is under way one that is <see cref="Drain.Awaited"/>.</summary>
internal sealed record EndLeft(int Generation) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>Closes the sockets that neither a generation nor this plan wants.</summary>
internal sealed record ReleaseUnused(Plan Plan) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>From here on this generation is the one that serves.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="AskedFor">Somebody wanted it; it was not just started after a death, or again in place of a bad one.</param>
internal sealed record Committed(int Generation, Plan Plan, bool AskedFor = true) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <param name="Attempt">Its number.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Request">Who asked; null: the engine itself.</param>
/// <param name="Forced">Failing pre-flight commands do not block.</param>
/// <param name="Plan">Null when it is still to be read.</param>
/// <param name="Old">The generation that serves, or the one that died.</param>
/// <param name="Reason">Why, when nobody asked.</param>
/// <param name="New">The generation that comes back; null when one is to be launched.</param>
internal sealed record OpenRecord(
    int Attempt, AttemptKind Kind, int? Request, bool Forced, Plan? Plan, Departed? Old, string? Reason = null, Member? New = null) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

internal sealed record EnterPhase(int Attempt, string Name) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <param name="Attempt">Its number.</param>
/// <param name="Name">Which phase.</param>
/// <param name="Outcome">One of <see cref="PhaseOutcome"/>.</param>
/// <param name="Detail">What there is to say of it.</param>
internal sealed record LeavePhase(int Attempt, string Name, string Outcome, string? Detail) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

internal sealed record CloseRecord(int Attempt, string Verdict, string Message) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>The request is taken; its record is the one that is open.</summary>
internal sealed record Take(int Request) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>The request is answered: a reload of its own follows what is under way. Those that were queued before are one with it.</summary>
internal sealed record Queue(int Request) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

internal sealed record Refuse(int Request, string Code, string Detail, IReadOnlyList<Finding>? Findings = null) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>A daemon that the engine has not started goes on as before, with its sockets.</summary>
internal sealed record GiveBack(int Generation) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>Says something that no record tells.</summary>
internal sealed record Announce(string Message) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

/// <summary>The engine is to end. Comes once, and last.</summary>
internal sealed record Exit(int Code) : Order
{
    public override void To(IOrders orders) => orders.Do(this);
}

internal enum TimerKind
{
    /// <summary>The backoff before a restart.</summary>
    Restart,

    /// <summary>The active generation (the key is its number) has served for <c>backoff.max</c>.</summary>
    Served,

    /// <summary>The end of the undo window; the key is the number of the generation that is kept.</summary>
    KeepWarm,
}

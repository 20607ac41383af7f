using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>
/// What the driver does outside its loop: it ends with one of these events, or with none where it is taken back. What it does is found at
/// <see cref="IWorkshop{T}"/>, and what comes of its answer in the machine's table at the trigger of that name.
/// </summary>
internal abstract record Work : Effect
{
    /// <summary>What takes it back.</summary>
    internal virtual WorkScope Scope => WorkScope.Attempt;

    /// <summary>It changes nothing, and where it broke it can be tried once more: what is read of processes changes while it is read.</summary>
    internal virtual bool OnlyLooks => false;

    /// <summary>What the machine is told when it broke in a way that nobody foresaw.</summary>
    public abstract MachineEvent Broke(string why);

    /// <summary>Has it done.</summary>
    public abstract T In<T>(IWorkshop<T> shop);
}

/// <inheritdoc cref="Work"/>
/// <typeparam name="TDone">The event that answers it.</typeparam>
/// <typeparam name="TFailed">The event that answers it when it fails; the same where that event tells both.</typeparam>
internal abstract record Work<TDone, TFailed> : Work
    where TDone : MachineEvent
    where TFailed : MachineEvent
{
    public abstract override TFailed Broke(string why);
}

/// <summary>What takes work back before it is done.</summary>
internal enum WorkScope
{
    /// <summary><see cref="AbandonWork"/>; its answer does not come then.</summary>
    Attempt,

    /// <summary><see cref="HastenSwitch"/>; its answer comes all the same.</summary>
    Hastened,

    /// <summary>Nothing.</summary>
    Never,
}

/// <summary>One who does every work there is, or says how it is done.</summary>
internal interface IWorkshop<out T>
{
    T Do(ReadConfiguration work);

    T Do(InspectProgram work);

    T Do(RunPreFlight work);

    T Do(Launch work);

    T Do(AwaitReady work);

    T Do(WarmUp work);

    T Do(BeginHandoff work);

    T Do(BeginSoak work);

    T Do(BeginSwitch work);

    T Do(RunHooks work);

    T Do(Drain work);

    T Do(Discard work);
}

internal sealed record ReadConfiguration(int Attempt) : Work<ConfigurationRead, ConfigurationBad>
{
    public override ConfigurationBad Broke(string why) => new(Attempt, $"cannot read the configuration: {why}", []);

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

internal sealed record InspectProgram(int Attempt, Plan Plan, bool Forced = false) : Work<ProgramInspected, ProgramInspected>
{
    internal override bool OnlyLooks => true;

    public override ProgramInspected Broke(string why) => new(Attempt, $"cannot inspect the program: {why}", null, null);

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

/// <param name="Attempt">For which attempt.</param>
/// <param name="Plan">Whose commands.</param>
/// <param name="Generation">The number that the new generation will have.</param>
/// <param name="StopAtBlocking">The first blocking failure ends the round.</param>
internal sealed record RunPreFlight(int Attempt, Plan Plan, int Generation, bool StopAtBlocking) : Work<PreFlightEnded, PreFlightEnded>
{
    public override PreFlightEnded Broke(string why) => new(Attempt, [new HookFailure("pre_flight", true, why)]);

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

/// <summary>Opens the plan's listeners and starts a generation.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="Program">The file that was found for its command; null: it is still to be found.</param>
internal sealed record Launch(int Generation, Plan Plan, string? Program) : Work<Launched, LaunchFailed>
{
    internal override WorkScope Scope => WorkScope.Never;

    public override LaunchFailed Broke(string why) => new(Generation, $"cannot start generation {Generation}: {why}");

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

/// <param name="Generation">Which one.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="Predecessor">The generation whose sockets it must bind too.</param>
/// <param name="PredecessorPlan">That one's plan.</param>
/// <param name="Forced">It may leave sockets of its predecessor unbound.</param>
/// <param name="Traffic">How traffic is to move to it, as far as that is known.</param>
/// <param name="Displaced">The predecessor was told to end for its sake, and must be replaced whole although it is gone.</param>
internal sealed record AwaitReady(
    int Generation, Plan Plan, int? Predecessor, Plan? PredecessorPlan, bool Forced, TrafficChoice? Traffic = null, bool Displaced = false) : Work<Ready, NotReady>
{
    internal override bool OnlyLooks => true;

    public override NotReady Broke(string why) => new(Generation, why);

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

internal sealed record WarmUp(int Generation, TimeSpan Delay) : Work<WarmedUp, WarmedUp>
{
    public override WarmedUp Broke(string why) => new(Generation);

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

/// <summary>
/// Carries state from the old generation to the new one. Where that one had waited for it, its readiness comes with the answer, or
/// <see cref="NotReady"/> in its place.
/// </summary>
internal sealed record BeginHandoff(int Old, int New, Plan Plan) : Work<HandoffDone, HandoffDone>
{
    public override HandoffDone Broke(string why) => new(New, new HandoverReport { Status = HandoverStatus.Failed, Detail = why });

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

/// <param name="Generation">The candidate.</param>
/// <param name="Active">The one that it is compared with; null when there is none.</param>
/// <param name="Plan">The candidate's plan.</param>
/// <param name="LivenessOnly">One look whether it is alive, in place of probes.</param>
/// <param name="OneRound">One round of probes, in place of a soak.</param>
internal sealed record BeginSoak(int Generation, int? Active, Plan Plan, bool LivenessOnly, bool OneRound = false) : Work<SoakEnded, SoakEnded>
{
    internal override bool OnlyLooks => true;

    public override SoakEnded Broke(string why) => new(Generation, $"cannot watch it: {why}");

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

/// <summary>Moves all traffic from one generation to another, and freezes the one that it leaves.</summary>
/// <param name="From">Who has the traffic.</param>
/// <param name="To">Who gets it.</param>
/// <param name="Back">The other one is frozen and has had it before: this is never recalled for want of rest.</param>
/// <param name="Timeout">Time that the one has to read what it was given and come to rest.</param>
/// <param name="Forced">Not recalled for want of rest either.</param>
internal sealed record BeginSwitch(int From, int To, bool Back, TimeSpan Timeout, bool Forced = false) : Work<SwitchEnded, SwitchEnded>
{
    internal override WorkScope Scope => WorkScope.Hastened;

    public override SwitchEnded Broke(string why) => new(From, To, new SwitchResult(SwitchOutcome.Refused, $"the switch broke: {why}"));

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

/// <summary>Runs the hooks for a verdict, one after the other.</summary>
internal sealed record RunHooks(int Attempt, Plan Plan, string Verdict) : Work<HooksEnded, HooksEnded>
{
    public override HooksEnded Broke(string why) => new(Attempt, [new HookFailure("post_process", false, why)]);

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);

    /// <summary>The commands that the verdict calls for.</summary>
    public IReadOnlyList<HookPlan> Hooks => For(Plan, Verdict);

    public static IReadOnlyList<HookPlan> For(Plan plan, string verdict) =>
        verdict == Contract.Verdict.Succeeded ? plan.Orchestration.OnSuccess : plan.Orchestration.OnFailure;
}

/// <summary>
/// Tells a generation to end when it has nothing in hand any more, waits, kills what is left.
/// </summary>
/// <param name="Generation">Which one.</param>
/// <param name="Signal">The signal that tells it.</param>
/// <param name="Timeout">Time that it has to come to rest, and then to end.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="Awaited">Somebody waits until all of it is gone, clients or who stops the service: what its main process leaves behind is told to end too.</param>
internal sealed record Drain(int Generation, int Signal, TimeSpan Timeout, Standing Standing = Standing.Running, bool Awaited = false) : Work<Gone, Gone>
{
    internal override WorkScope Scope => WorkScope.Never;

    public override Gone Broke(string why) => new(Generation, $"cannot see it end: {why}", true);

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

/// <summary>Kills what is left of a generation.</summary>
internal sealed record Discard(int Generation) : Work<Gone, Gone>
{
    internal override WorkScope Scope => WorkScope.Never;

    public override Gone Broke(string why) => new(Generation, $"cannot see it end: {why}", true);

    public override T In<T>(IWorkshop<T> shop) => shop.Do(this);
}

using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>Drives the machine event by event and keeps what came out, under the eyes of the <see cref="Referee"/>.</summary>
internal sealed class Script
{
    private readonly Referee _referee = new();

    public MachineState State { get; private set; } = new();

    /// <summary>The effects of the last event.</summary>
    public IReadOnlyList<Effect> Last { get; private set; } = [];

    public List<Effect> All { get; } = [];

    public string Fsm => State.FsmState;

    public Script On(MachineEvent happened)
    {
        var before = State;
        (State, Last) = ReloadMachine.Step(before, happened);
        _referee.Check(before, happened, State, Last);
        All.AddRange(Last);
        return this;
    }

    public T One<T>()
        where T : Effect => Assert.Single(Last.OfType<T>());

    public bool Has<T>()
        where T : Effect => Last.OfType<T>().Any();

    public CloseRecord Closed => One<CloseRecord>();

    /// <summary>How traffic moves in the attempts that <see cref="Through"/> answers.</summary>
    public TrafficChoice Choice { get; private init; } = Split;

    public static TrafficChoice Split { get; } = new(Traffic.Split, "test");

    public static TrafficChoice Exclusive { get; } = new(Traffic.Exclusive, "test");

    public static TrafficChoice Sequential { get; } = new(Traffic.Sequential, "test");

    /// <summary>The kind of traffic in which a step comes.</summary>
    public static TrafficChoice ChoiceFor(AttemptStep step) => step switch
    {
        AttemptStep.Holding => Sequential,
        AttemptStep.Probing or AttemptStep.Switching or AttemptStep.SwitchingBack => Exclusive,
        _ => Split,
    };

    /// <summary>Nothing has happened yet.</summary>
    public static Script With(TrafficChoice choice) => new() { Choice = choice };

    /// <summary>The routes that the last event set.</summary>
    public IEnumerable<DirectTraffic> Directed => Last.OfType<DirectTraffic>();

    /// <summary>The first start is over and generation 1 (pid 101) serves.</summary>
    public static Script Running(Plan? plan = null, TrafficChoice? choice = null)
    {
        plan ??= TestPlans.Of();
        var script = new Script { Choice = choice ?? Split }.On(new StartAsked(plan)).Through(AttemptStep.AwaitingReady);
        script.On(new Ready(1));
        if (script.State.Attempt?.Step == AttemptStep.WarmingUp)
        {
            script.On(new WarmedUp(1));
        }

        if (script.State.Attempt?.Step == AttemptStep.PostProcess)
        {
            script.On(new HooksEnded(script.State.Attempt.Number, []));
        }

        Assert.Equal(FsmState.Running, script.Fsm);
        return script;
    }

    /// <summary>A reload of generation 1 by generation 2 (pid 102) stands at a step.</summary>
    public static Script Reloading(
        AttemptStep step, Plan? next = null, bool force = false, Plan? first = null, TrafficChoice? choice = null) =>
        Running(first, choice ?? ChoiceFor(step)).On(new ReloadAsked(7, force)).Through(step, next);

    /// <summary>Generation 2 serves, and generation 1 is kept in the undo window.</summary>
    public static Script Window(TrafficChoice choice) =>
        Reloading(AttemptStep.Soaking, TestPlans.Of("b", KeepingWarm), choice: choice).On(new SoakEnded(2, null));

    public static OrchestrationPlan KeepingWarm(OrchestrationPlan plan) =>
        plan with { Drain = plan.Drain with { KeepWarm = TimeSpan.FromMinutes(5) } };

    /// <summary>The switch under way ends so.</summary>
    public Script Switched(SwitchOutcome outcome = SwitchOutcome.Switched, string? why = null) =>
        On(new SwitchEnded(State.Switch!.From, State.Switch.To, new SwitchResult(outcome, why)));

    /// <summary>Answers well whatever is asked until the attempt stands at the step.</summary>
    public Script Through(AttemptStep step, Plan? plan = null)
    {
        for (var i = 0; i < 20 && State.Attempt is { } attempt && attempt.Step != step; i++)
        {
            On(GoodAnswer(attempt, plan ?? TestPlans.Of("b", TestPlans.Everything), step));
        }

        Assert.Equal(step, State.Attempt?.Step);
        return this;
    }

    private MachineEvent GoodAnswer(Attempt attempt, Plan plan, AttemptStep aim) => attempt.Step switch
    {
        AttemptStep.Reading => new ConfigurationRead(attempt.Number, plan, []),
        AttemptStep.Inspecting => new ProgramInspected(attempt.Number, null, "/bin/x", "00", Choice == Sequential ? Choice : null, "/bin/x"),
        AttemptStep.PreFlight => new PreFlightEnded(attempt.Number, []),
        AttemptStep.Launching => new Launched(State.Candidate!.Number, 100 + State.Candidate.Number),
        AttemptStep.AwaitingReady => new Ready(State.Candidate!.Number, State.Active is null ? null : Choice),
        AttemptStep.WarmingUp => new WarmedUp(State.Candidate!.Number),
        AttemptStep.HandingOff => new HandoffDone(State.Candidate!.Number, HandoverReport.None),
        AttemptStep.Soaking => new SoakEnded(State.Candidate!.Number, aim == AttemptStep.SwitchingBack ? "sick" : null),
        AttemptStep.Probing => new SoakEnded(State.Candidate!.Number, null),
        AttemptStep.Switching or AttemptStep.SwitchingBack =>
            new SwitchEnded(State.Switch!.From, State.Switch.To, new SwitchResult(SwitchOutcome.Switched)),
        AttemptStep.PostProcess => new HooksEnded(attempt.Number, []),
        _ => new Gone(attempt.Awaited!.Value, "exit code 0", false),
    };

    /// <summary>Answers well what is asked.</summary>
    public Script Next() => On(GoodAnswer(State.Attempt!, TestPlans.Of("b", TestPlans.Everything), AttemptStep.PostProcess));

    public static Exited Killed(int generation) => new(generation, new ProcessExit(-1, 9));
}

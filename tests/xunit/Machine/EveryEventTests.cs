using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>Every kind of event in every state, for the right and for the wrong generation: no throw, and the referee is content.</summary>
public class EveryEventTests
{
    [Theory]
    [MemberData(nameof(States))]
    public void No_event_breaks_any_state(string state)
    {
        for (var i = 0; i < Events(Make(state).State).Count; i++)
        {
            var script = Make(state);
            script.On(Events(script.State)[i]);

            // What follows must hold too: the same event once more, and then a stop.
            script.On(Again(Events(script.State)[i])).On(new StopAsked(99, true));
            if (script.State.Switch is not null)
            {
                script.Switched();
            }

            Assert.True(script.State.Lifetime is Lifetime.Stopping or Lifetime.Ended);
        }
    }

    public static TheoryData<string> States() =>
    [
        "new", "starting", "running", "backoff", "restarting", "failed", "stopping", "ended", "giving up a launch",
        "unserved reload", "promoted soak", "exclusive soak", "way back", "undo window", "undo window of an exclusive switch", "undoing", "sequential soak",
        "sequential way back", "sequential fallback", .. Enum.GetNames<AttemptStep>(),
    ];

    private static Script Make(string state) => state switch
    {
        "new" => new Script(),
        "starting" => new Script().On(new StartAsked(TestPlans.Of())).Through(AttemptStep.AwaitingReady),
        "running" => Script.Running(),
        "backoff" => Script.Running().On(Script.Killed(1)),
        "restarting" => Restarting(),
        "failed" => Script.Running(TestPlans.Of(restart: new() { Policy = RestartPolicy.Never })).On(Script.Killed(1)),
        "stopping" => Script.Reloading(AttemptStep.Launching).On(new StopAsked(50, false)),
        "ended" => new Script().On(new StopAsked(50, false)),
        "giving up a launch" => Script.Reloading(AttemptStep.Launching).On(new RollbackAsked(50, "tester")),
        "unserved reload" => Script.Reloading(AttemptStep.AwaitingReady).On(Script.Killed(1)),
        "promoted soak" => Script.Reloading(AttemptStep.Soaking).On(new RoundPassed(2)).On(new PromoteAsked(50, "tester")),
        "exclusive soak" => Script.Reloading(AttemptStep.Soaking, choice: Script.Exclusive),
        "way back" => Script.Reloading(AttemptStep.SwitchingBack).Switched(SwitchOutcome.Forced, "busy"),
        "undo window" => Script.Window(Script.Split),
        "undo window of an exclusive switch" => Script.Window(Script.Exclusive),
        "undoing" => Script.Window(Script.Exclusive).On(new RollbackAsked(50, "tester")),
        "sequential soak" => Script.Reloading(AttemptStep.Soaking, choice: Script.Sequential),
        "sequential way back" => Script.Reloading(AttemptStep.Soaking, choice: Script.Sequential).On(new SoakEnded(2, "bad")),
        "sequential fallback" =>
            Script.Reloading(AttemptStep.Soaking, choice: Script.Sequential).On(new SoakEnded(2, "bad")).On(new Gone(2, "", false)),
        nameof(AttemptStep.RollingBack) => Script.Reloading(AttemptStep.Soaking).On(new SoakEnded(2, "bad")),
        _ => Script.Reloading(Enum.Parse<AttemptStep>(state)),
    };

    private static MachineEvent Again(MachineEvent happened) => happened switch
    {
        ReloadAsked e => e with { Request = e.Request + 10 },
        RollbackAsked e => e with { Request = e.Request + 10 },
        PromoteAsked e => e with { Request = e.Request + 10 },
        StopAsked e => e with { Request = e.Request + 10 },
        UpgradeAsked e => e with { Request = e.Request + 10 },
        _ => happened,
    };

    private static Script Restarting()
    {
        var script = Script.Running().On(Script.Killed(1));
        return script.On(new TimerFired(TimerKind.Restart, script.One<StartTimer>().Key)).Through(AttemptStep.AwaitingReady);
    }

    private static List<MachineEvent> Events(MachineState state)
    {
        var plan = TestPlans.Of("z", TestPlans.Everything);
        List<MachineEvent> events =
        [
            new StartAsked(plan), new ReloadAsked(60, true), new RollbackAsked(61, "tester"), new PromoteAsked(64, "tester"), new StopAsked(62, false), new StopAsked(63, true), new UpgradeAsked(65),
            new TimerFired(TimerKind.Restart, state.Restart.Timer), new TimerFired(TimerKind.Restart, 99),
        ];
        foreach (var attempt in new[] { state.Attempt?.Number ?? 1, 99 })
        {
            events.AddRange(
            [
                new ConfigurationRead(attempt, plan, []), new ConfigurationBad(attempt, "bad", []),
                new ProgramInspected(attempt, null, "/x", "00"), new ProgramInspected(attempt, "missing", null, null),
                new PreFlightEnded(attempt, []), new PreFlightEnded(attempt, [new HookFailure("x", true, "bad")]),
                new HooksEnded(attempt, []), new HooksEnded(attempt, [new HookFailure("x", true, "bad")]),
            ]);
        }

        foreach (var generation in new[] { 1, 2, 3, 99 })
        {
            events.AddRange(
            [
                new Launched(generation, 100 + generation), new LaunchFailed(generation, "cannot"), new Ready(generation), new MainMoved(generation, 200 + generation),
                new NotReady(generation, "late"), new WarmedUp(generation), new HandoffDone(generation, HandoverReport.None),
                new RoundPassed(generation), new SoakEnded(generation, null), new SoakEnded(generation, "sick"), new Gone(generation, "gone", true),
                new Exited(generation, new ProcessExit(0, 0)), new Exited(generation, new ProcessExit(-1, 9)),
                new TimerFired(TimerKind.Served, generation), new TimerFired(TimerKind.KeepWarm, generation),
                new Ready(generation, Script.Exclusive),
            ]);
        }

        events.AddRange(from outcome in Enum.GetValues<SwitchOutcome>()
                        from pair in new[] { (1, 2), (2, 1), (state.Switch?.From ?? 98, state.Switch?.To ?? 99) }
                        select new SwitchEnded(pair.Item1, pair.Item2, new SwitchResult(outcome, "why")));

        return events;
    }
}

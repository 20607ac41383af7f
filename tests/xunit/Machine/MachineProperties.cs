using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>Random runs of the machine under the eyes of the <see cref="Referee"/>.</summary>
public class MachineProperties
{
    private static readonly Plan[] _plans =
    [
        TestPlans.Of(),
        TestPlans.Of("b", TestPlans.Everything),
        TestPlans.Of("c", TestPlans.Everything, new RestartPlan { Policy = RestartPolicy.OnFailure, Limit = 2 }),
        TestPlans.Of("d", p => TestPlans.Everything(p) with
        {
            Startup = new StartupPlan { Ready = Readiness.Delay, WarmupDelay = TimeSpan.FromSeconds(1) },
            StateHandoff = new StateHandoffPlan { Required = true },
        }),
        TestPlans.Of("e", p => p with { Strategy = Strategy.Immediate }, new RestartPlan { Policy = RestartPolicy.Never }),
        TestPlans.Of("f", p => Script.KeepingWarm(TestPlans.Everything(p))),
        TestPlans.Of("g", Script.KeepingWarm),
    ];

    /// <summary>Any event in any order, fitting or not: nothing throws and every invariant holds.</summary>
    [Fact]
    public void Any_sequence_of_events_keeps_the_invariants() =>
        Prop.ForAll(
            Gen.Choose(0, int.MaxValue - 1).ArrayOf(120).ToArbitrary(),
            choices =>
            {
                var run = new Run();
                foreach (var choice in choices)
                {
                    run.Do(AnyEvent(run, choice));
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    /// <summary>A world that answers each effect, well or badly, with deaths and requests in between; left alone, it comes to rest.</summary>
    [Fact]
    public void A_world_that_answers_comes_to_rest_with_everything_cleared_away() =>
        Prop.ForAll(
            Gen.Choose(0, int.MaxValue - 1).ArrayOf(150).ToArbitrary(),
            choices =>
            {
                var run = new Run();
                run.Do(Start(choices[0], _plans[choices[0] % _plans.Length]));
                foreach (var choice in choices)
                {
                    run.Do(choice % 10 < 7 && run.Pending.Count > 0 ? run.Answer(choice) : Disturbance(run, choice / 10));
                }

                for (var i = 0; i < 200 && run.Pending.Count > 0; i++)
                {
                    run.Do(run.Answer(i));
                }

                Assert.Empty(run.Pending);
                Assert.Null(run.State.Attempt);
                Assert.Empty(run.State.Leaving);
                Assert.Null(run.State.Parked);
                Assert.Null(run.State.Switch);
                Assert.Contains(run.State.FsmState, new[] { FsmState.Running, FsmState.Failed, FsmState.Stopped, FsmState.Pending });
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    private static StartAsked Start(int choice, Plan plan) => new(plan, choice / 7 % 2 == 0 ? new Member(1, 99, plan) : null);

    private static MachineEvent AnyEvent(Run run, int choice)
    {
        var (kind, rest) = (choice % 31, choice / 31);
        var generation = Math.Max(1, run.State.NextGeneration - 1 - (rest % 3));
        var attempt = Math.Max(1, run.State.NextAttempt - 1 - (rest / 3 % 2));
        var bad = rest / 6 % 2 == 0;
        var plan = _plans[rest / 12 % _plans.Length];
        return kind switch
        {
            0 => Start(rest, plan),
            1 or 2 => new ReloadAsked(run.NextRequest(), bad),
            3 => new RollbackAsked(run.NextRequest(), "tester"),
            4 => rest % 40 == 0 ? new StopAsked(run.NextRequest(), bad) : new ReloadAsked(run.NextRequest(), false, Queue: rest % 3 == 0),
            5 or 6 => new ConfigurationRead(attempt, plan, []),
            7 => new ConfigurationBad(attempt, "bad", []),
            8 or 9 => new ProgramInspected(attempt, bad && rest % 5 == 0 ? "missing" : null, null, null, AnyChoice(rest / 2)),
            10 => new PreFlightEnded(attempt, bad ? [new HookFailure("x", rest % 5 == 0, "bad")] : []),
            11 or 12 => new Launched(generation, 100 + generation),
            13 => bad ? new LaunchFailed(generation, "cannot") : new MainMoved(generation, 200 + generation),
            14 or 15 => new Ready(generation, LateChoice(run, rest / 2)),
            16 => new NotReady(generation, "late"),
            17 => new WarmedUp(generation),
            18 => new HandoffDone(generation, new HandoverReport { Status = bad ? "failed" : "success" }),
            19 => new SoakEnded(generation, bad ? "sick" : null),
            20 => new Gone(generation, "gone", bad),
            21 => new HooksEnded(attempt, []),
            24 or 25 when run.State.Switch is { } pending => AnyEnd(run, pending.From, pending.To, rest),
            26 => AnyEnd(run, generation, Math.Max(1, generation - 1), rest),
            27 when run.State.Parked is { } kept => bad ? new TimerFired(TimerKind.KeepWarm, kept.Number) : new Exited(kept.Number, new ProcessExit(1, 0)),
            22 => new TimerFired(bad ? TimerKind.Served : TimerKind.Restart, bad ? generation : run.State.Restart.Timer),
            28 => new PromoteAsked(run.NextRequest(), "tester"),
            29 => new RoundPassed(generation),
            30 => new UpgradeAsked(run.NextRequest()),
            _ => new Exited(generation, new ProcessExit(bad ? 1 : 0, 0)),
        };
    }

    private static TrafficChoice? AnyChoice(int choice) => (choice % 5) switch
    {
        0 => null,
        1 => Script.Split,
        2 => Script.Split with { Directed = false },
        3 => Script.Exclusive,
        _ => Script.Sequential,
    };

    // That traffic is sequential is known before the launch or never.
    private static TrafficChoice? LateChoice(Run run, int choice) =>
        run.State.Attempt?.Traffic is { Traffic: Traffic.Sequential } known ? known : AnyChoice(choice % 5 % 4);

    // A way back comes about, unless the one to go back to is dead; and then that is told too.
    private static SwitchEnded AnyEnd(Run run, int from, int to, int choice)
    {
        var outcome = (SwitchOutcome)(choice % Enum.GetValues<SwitchOutcome>().Length);
        var backToTheLiving = run.State.Attempt is { Step: AttemptStep.SwitchingBack } && run.State.Deferred.All(exited => exited.Generation != to);
        return new SwitchEnded(from, to, new SwitchResult(
            backToTheLiving && outcome > SwitchOutcome.Forced ? SwitchOutcome.Forced : outcome, choice % 3 == 0 ? null : "why"));
    }

    private static MachineEvent Disturbance(Run run, int choice) => (choice % 15) switch
    {
        14 => new UpgradeAsked(run.NextRequest()),
        < 5 => new ReloadAsked(run.NextRequest(), choice % 2 == 0, Queue: choice % 7 == 0),
        5 => new RollbackAsked(run.NextRequest(), "tester"),
        6 or 7 when run.State.Active is { } active => new Exited(active.Number, new ProcessExit(choice % 2, 0)),
        8 when run.State.Candidate is { Pid: > 0 } candidate => new Exited(candidate.Number, new ProcessExit(-1, 9)),
        10 when run.State.Parked is { } kept => new Exited(kept.Number, new ProcessExit(-1, 9)),
        11 when run.State.Parked is not null => new RollbackAsked(run.NextRequest(), "tester"),
        12 => new PromoteAsked(run.NextRequest(), "tester"),
        13 when run.State.Candidate is { Pid: > 0 } candidate => new RoundPassed(candidate.Number),
        9 when choice % 50 == 0 => new StopAsked(run.NextRequest(), choice % 3 == 0),
        _ when run.Pending.Count > 0 => run.Answer(choice),
        _ => new ReloadAsked(run.NextRequest(), false),
    };

    /// <summary>One run: the state, and what the world still owes an answer to.</summary>
    private sealed class Run
    {
        private readonly Referee _referee = new();
        private int _requests;

        public MachineState State { get; private set; } = new();

        public List<Effect> Pending { get; } = [];

        public int NextRequest() => ++_requests;

        public void Do(MachineEvent happened)
        {
            var before = State;
            var (after, effects) = ReloadMachine.Step(before, happened);
            _referee.Check(before, happened, after, effects);
            State = after;
            foreach (var effect in effects)
            {
                Take(effect);
            }
        }

        private void Take(Effect effect)
        {
            switch (effect)
            {
                case AbandonWork e:
                    Pending.RemoveAll(pending => IsAttemptWork(pending, e.Attempt));
                    break;
                case CancelTimer e:
                    Pending.RemoveAll(pending => pending is StartTimer timer && timer.Kind == e.Kind);
                    break;
                case ReadConfiguration or InspectProgram or RunPreFlight or Launch or AwaitReady or WarmUp or BeginHandoff
                    or BeginSoak or BeginSwitch or RunHooks or Drain or Discard or StartTimer:
                    Pending.Add(effect);
                    break;
                default:
                    break;
            }
        }

        // At most one attempt has work under way, so what belongs to a generation belongs to it.
        private static bool IsAttemptWork(Effect effect, int attempt) => effect switch
        {
            RunHooks e => e.Attempt == attempt,
            ReadConfiguration or InspectProgram or RunPreFlight or AwaitReady or WarmUp or BeginHandoff or BeginSoak => true,
            _ => false,
        };

        public MachineEvent Answer(int choice)
        {
            var effect = Pending[choice % Pending.Count];
            Pending.Remove(effect);
            var bad = choice / 7 % 5 == 0;
            return effect switch
            {
                ReadConfiguration e when bad => new ConfigurationBad(e.Attempt, "bad", []),
                ReadConfiguration e => new ConfigurationRead(e.Attempt, _plans[choice / 35 % _plans.Length], []),
                InspectProgram e => new ProgramInspected(e.Attempt, bad ? "missing" : null, null, null, AnyChoice(choice / 40)),
                BeginSwitch e => AnyEnd(this, e.From, e.To, choice / 40),
                RunPreFlight e => new PreFlightEnded(e.Attempt, bad ? [new HookFailure("x", true, "bad")] : []),
                Launch e when bad => new LaunchFailed(e.Generation, "cannot"),
                Launch e => new Launched(e.Generation, 100 + e.Generation),
                AwaitReady e when bad => new NotReady(e.Generation, "late"),
                AwaitReady e => new Ready(e.Generation, LateChoice(run: this, choice / 40)),
                WarmUp e => new WarmedUp(e.Generation),
                BeginHandoff e => new HandoffDone(e.New, new HandoverReport { Status = bad ? "failed" : "success" }),
                BeginSoak e => new SoakEnded(e.Generation, bad ? "sick" : null),
                RunHooks e => new HooksEnded(e.Attempt, []),
                Drain e => new Gone(e.Generation, "gone", bad),
                Discard e => new Gone(e.Generation, "gone", false),
                StartTimer e => new TimerFired(e.Kind, e.Key),
                _ => throw new InvalidOperationException($"{effect} has no answer"),
            };
        }
    }
}

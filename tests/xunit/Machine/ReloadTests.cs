using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

public class ReloadTests
{
    [Fact]
    public void A_good_reload_goes_through_every_state_and_phase()
    {
        var script = Script.Running();
        var states = new List<string>();
        var from = script.All.Count;
        script.On(new ReloadAsked(7, false));
        while (script.State.Attempt is { } attempt)
        {
            states.Add(script.Fsm);
            script.Next();
        }

        Assert.Equal(
            [
                FsmState.PreChecking, FsmState.PreChecking, FsmState.PreChecking, FsmState.Starting, FsmState.Starting,
                FsmState.Starting, FsmState.Handshaking, FsmState.Soaking, FsmState.Draining, FsmState.Draining,
            ],
            states);
        Assert.Equal(FsmState.Running, script.Fsm);
        Assert.Equal(
            ["configuration", "pre_flight", "start", "handoff", "soak", "drain", "post_process"],
            script.All.Skip(from).OfType<EnterPhase>().Select(phase => phase.Name));
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.Equal("generation 2 (pid 102) serves in place of generation 1 (pid 101)", script.Closed.Message);
        Assert.Equal(1, script.State.Replaced!.Number);
    }

    [Fact]
    public void The_request_is_answered_once_the_configuration_is_read_and_not_before()
    {
        var script = Script.Running().On(new ReloadAsked(7, false));
        Assert.False(script.Has<Take>());
        script.On(new ConfigurationRead(2, TestPlans.Of("b"), []));
        Assert.Equal(7, script.One<Take>().Request);
    }

    [Fact]
    public void A_bad_configuration_is_refused_with_its_findings_and_a_blocked_record()
    {
        Finding[] findings = [new() { Severity = "error", File = "f", Line = 1, Column = 2, Code = "c", Message = "m" }];
        var script = Script.Running().On(new ReloadAsked(7, true)).On(new ConfigurationBad(2, "f:1:2: m", findings));
        var refusal = script.One<Refuse>();
        Assert.Equal((7, ProblemCode.ConfigInvalid), (refusal.Request, refusal.Code));
        Assert.Same(findings, refusal.Findings);
        Assert.Equal(Verdict.Blocked, script.Closed.Verdict);
        Assert.Equal(FsmState.Running, script.Fsm);
        Assert.False(script.Has<Take>());
    }

    [Fact]
    public void Pre_flight_blocks_and_runs_the_failure_hooks()
    {
        var script = Script.Reloading(AttemptStep.PreFlight)
            .On(new PreFlightEnded(2, [new HookFailure("check", true, "exit code 1")]));
        Assert.Equal(Verdict.Blocked, script.One<RunHooks>().Verdict);
        script.On(new HooksEnded(2, [new HookFailure("bad", true, "exit code 3")]));
        Assert.Equal(Verdict.Blocked, script.Closed.Verdict);
        Assert.Equal("failed", script.One<LeavePhase>().Outcome);
        Assert.DoesNotContain(script.All, effect => effect is Launch { Generation: 2 });
    }

    [Fact]
    public void Force_passes_over_a_blocking_pre_flight_and_says_so()
    {
        var script = Script.Reloading(AttemptStep.PreFlight, force: true);
        Assert.False(script.One<RunPreFlight>().StopAtBlocking);
        script.On(new PreFlightEnded(2, [new HookFailure("check", true, "exit code 1")]));
        Assert.Equal(2, script.One<Launch>().Generation);
        Assert.Equal("passed over by force: \"check\": exit code 1", script.One<LeavePhase>().Detail);
    }

    [Fact]
    public void The_candidate_must_bind_what_its_predecessor_holds()
    {
        var script = Script.Reloading(AttemptStep.AwaitingReady);
        var await = script.One<AwaitReady>();
        Assert.Equal((2, 1), (await.Generation, await.Predecessor));
        Assert.Equal("sha-a", await.PredecessorPlan!.SourceSha256);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void A_failed_handoff_costs_the_reload_only_when_it_is_required(bool required, int drains)
    {
        var next = TestPlans.Of("b", p => p with { StateHandoff = new StateHandoffPlan { Enabled = true, Required = required } });
        var script = Script.Reloading(AttemptStep.HandingOff, next)
            .On(new HandoffDone(2, new HandoverReport { Status = "failed", Detail = "timeout" }));
        Assert.Equal(drains, script.Last.OfType<Drain>().Count());
        Assert.Equal(required ? FsmState.Draining : FsmState.Soaking, script.Fsm);
    }

    [Theory]
    [InlineData(Strategy.Immediate, true)]
    [InlineData(Strategy.Canary, false)]
    public void Without_a_soak_there_is_one_look_whether_it_lives(object strategy, bool canary)
    {
        var next = TestPlans.Of("b", p => p with { Strategy = (Strategy)strategy, Canary = p.Canary with { Enabled = canary } });
        Assert.True(Script.Reloading(AttemptStep.Soaking, next).One<BeginSoak>().LivenessOnly);
        Assert.False(Script.Reloading(AttemptStep.Soaking).One<BeginSoak>().LivenessOnly);
    }

    [Fact]
    public void The_old_generation_gets_its_own_signal_and_the_new_timeout_and_sockets_go_after_it()
    {
        var first = TestPlans.Of("a", p => p with { Drain = new DrainPlan { Signal = 3, Timeout = TimeSpan.FromSeconds(1) } });
        var next = TestPlans.Of("b", p => p with { Drain = new DrainPlan { Timeout = TimeSpan.FromMinutes(5) } });
        var script = Script.Reloading(AttemptStep.Soaking, next, first: first).On(new SoakEnded(2, null));
        Assert.Equal(new Drain(1, 3, TimeSpan.FromMinutes(5)), script.One<Drain>());
        Assert.False(script.Has<ReleaseUnused>());
        script.On(new Gone(1, "killed by SIGKILL after drain.timeout 5m", true));
        Assert.Equal("sha-b", script.One<ReleaseUnused>().Plan.SourceSha256);
        Assert.Equal("failed", script.One<LeavePhase>().Outcome);
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
    }

    [Theory]
    [MemberData(nameof(OpenSteps))]
    public void A_second_reload_is_busy_in_every_phase(object step)
    {
        var script = Script.Reloading((AttemptStep)step).On(new ReloadAsked(8, false));
        var refusal = Assert.IsType<Refuse>(Assert.Single(script.Last));
        Assert.Equal((8, ProblemCode.ReloadBusy), (refusal.Request, refusal.Code));
    }

    [Fact]
    public void Late_answers_change_nothing()
    {
        var script = Script.Reloading(AttemptStep.Soaking).On(new SoakEnded(2, "bad"));
        var before = script.State;
        MachineEvent[] late =
        [
            new SoakEnded(2, null), new Ready(2), new NotReady(2, "late"), new WarmedUp(2), new Launched(2, 9),
            new Exited(2, new ProcessExit(0, 0)), new Gone(9, "", false), new HooksEnded(2, []), new ConfigurationRead(2, TestPlans.Of(), []),
        ];
        foreach (var happened in late)
        {
            script.On(happened);
            Assert.Empty(script.Last);
            Assert.Same(before, script.State);
        }
    }

    public static TheoryData<object> OpenSteps() =>
        [.. Enum.GetValues<AttemptStep>().Where(step => step != AttemptStep.RollingBack).Cast<object>()];
}

using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

public class StartTests
{
    [Fact]
    public void Goes_through_pending_pre_checking_and_starting_to_running_without_a_soak()
    {
        var plan = TestPlans.Of("a", p => p with { PreFlight = [TestPlans.Hook("check")] });
        var script = new Script();
        Assert.Equal(FsmState.Pending, script.Fsm);
        script.On(new StartAsked(plan));
        Assert.Equal(FsmState.PreChecking, script.Fsm);
        script.Through(AttemptStep.PreFlight);
        Assert.Equal(FsmState.PreChecking, script.Fsm);
        script.Through(AttemptStep.AwaitingReady);
        Assert.Equal(FsmState.Starting, script.Fsm);
        script.On(new Ready(1));

        Assert.Equal(FsmState.Running, script.Fsm);
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.Equal(1, script.State.Active!.Number);
        Assert.DoesNotContain(script.All, effect => effect is BeginSoak or BeginHandoff);
        Assert.Equal(1, script.One<Committed>().Generation);
    }

    [Fact]
    public void Ready_by_delay_is_alive_after_the_warm_up()
    {
        var plan = TestPlans.Of("a", p => p with
        {
            Startup = new StartupPlan { Ready = Readiness.Delay, WarmupDelay = TimeSpan.FromSeconds(3) },
        });
        var script = new Script().On(new StartAsked(plan)).Through(AttemptStep.AwaitingReady).On(new Ready(1));
        Assert.Equal(TimeSpan.FromSeconds(3), script.One<WarmUp>().Delay);
        Assert.Null(script.State.Active);
        script.On(new WarmedUp(1));
        Assert.Equal(FsmState.Running, script.Fsm);
    }

    // A host would be without its service, for the sake of a complaint.
    [Fact]
    public void Pre_flight_does_not_block_a_start_and_the_record_says_what_it_found()
    {
        var plan = TestPlans.Of("a", p => p with { PreFlight = [TestPlans.Hook("check")] });
        var script = new Script().On(new StartAsked(plan)).Through(AttemptStep.PreFlight);
        Assert.False(script.One<RunPreFlight>().StopAtBlocking);
        script.On(new PreFlightEnded(1, [new HookFailure("check", true, "exit code 1")])).Through(AttemptStep.AwaitingReady).On(new Ready(1));
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.EndsWith("serves, although pre_flight \"check\": exit code 1", script.Closed.Message, StringComparison.Ordinal);
        Assert.Equal(FsmState.Running, script.Fsm);
    }

    [Fact]
    public void A_missing_program_blocks_and_ends_the_engine_with_1()
    {
        var script = new Script().On(new StartAsked(TestPlans.Of()))
            .On(new ProgramInspected(1, "cannot start /bin/a: no such file", null, null));
        Assert.Equal(Verdict.Blocked, script.Closed.Verdict);
        Assert.Equal(1, script.One<Exit>().Code);
    }

    [Fact]
    public void The_file_that_was_inspected_is_the_one_that_is_launched() =>
        Assert.Equal("/bin/x", new Script().On(new StartAsked(TestPlans.Of())).Through(AttemptStep.Launching).One<Launch>().Program);

    [Fact]
    public void A_launch_that_fails_is_failed_and_ends_the_engine_after_its_hooks()
    {
        var script = new Script().On(new StartAsked(TestPlans.Of("a", TestPlans.Everything))).Through(AttemptStep.Launching)
            .On(new LaunchFailed(1, "cannot bind tcp://0.0.0.0:514"));
        Assert.Equal(Verdict.Failed, script.One<RunHooks>().Verdict);
        Assert.False(script.Has<Exit>());
        script.On(new HooksEnded(1, []));
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.Equal(1, script.One<Exit>().Code);
    }

    [Fact]
    public void One_that_dies_before_it_is_ready_is_cleared_away_before_the_engine_ends()
    {
        var script = new Script().On(new StartAsked(TestPlans.Of())).Through(AttemptStep.AwaitingReady).On(Script.Killed(1));
        Assert.Equal(1, script.One<Discard>().Generation);
        Assert.False(script.Has<Exit>());
        script.On(new Gone(1, "killed by signal 9 (SIGKILL)", false));
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.Contains("before it was ready", script.Closed.Message, StringComparison.Ordinal);
        Assert.Equal(1, script.One<Exit>().Code);
    }

    [Fact]
    public void Warnings_of_the_pre_flight_are_recorded_and_do_not_block()
    {
        var plan = TestPlans.Of("a", p => p with { PreFlight = [TestPlans.Hook("lint", block: false)] });
        var script = new Script().On(new StartAsked(plan)).Through(AttemptStep.PreFlight)
            .On(new PreFlightEnded(1, [new HookFailure("lint", false, "exit code 2")]));
        Assert.True(script.Has<Launch>());
        var left = script.One<LeavePhase>();
        Assert.Equal(("ok", "warning: \"lint\": exit code 2"), (left.Outcome, left.Detail));
    }
}

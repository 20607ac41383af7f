using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>What goes wrong before the commit, or is called back.</summary>
public class RollbackTests
{
    [Theory]
    [InlineData(AttemptStep.AwaitingReady)]
    [InlineData(AttemptStep.WarmingUp)]
    [InlineData(AttemptStep.HandingOff)]
    [InlineData(AttemptStep.Soaking)]
    public void A_candidate_that_dies_is_rolled_back_in_every_phase(object step)
    {
        var script = Script.Reloading((AttemptStep)step).On(Script.Killed(2));
        Assert.Equal(2, script.One<Discard>().Generation);
        Assert.True(script.Has<AbandonWork>());
        Assert.Equal(FsmState.Draining, script.Fsm);
        script.On(new Gone(2, "killed by signal 9 (SIGKILL)", false));
        Assert.Equal(Verdict.RolledBack, script.One<RunHooks>().Verdict);
        script.On(new HooksEnded(2, []));
        Assert.Equal(Verdict.RolledBack, script.Closed.Verdict);
        Assert.Equal(1, script.State.Active!.Number);
        Assert.Equal(FsmState.Running, script.Fsm);
    }

    [Fact]
    public void A_candidate_that_fails_its_soak_is_drained_because_it_may_have_clients()
    {
        var next = TestPlans.Of("b", p => p with { Drain = new DrainPlan { Signal = 3, Timeout = TimeSpan.FromSeconds(8) } });
        var script = Script.Reloading(AttemptStep.Soaking, next).On(new SoakEnded(2, "http_get: 503"));
        Assert.Equal(new Drain(2, 3, TimeSpan.FromSeconds(8)), script.One<Drain>());
        script.On(new Gone(2, "exit code 0", false));
        Assert.Equal(Verdict.RolledBack, script.Closed.Verdict);
        Assert.Equal("generation 2 (pid 102) failed its soak: http_get: 503", script.Closed.Message);
        Assert.Equal("sha-a", script.State.ServedPlan!.SourceSha256);
    }

    [Fact]
    public void A_candidate_that_does_not_get_ready_is_rolled_back()
    {
        var script = Script.Reloading(AttemptStep.AwaitingReady).On(new NotReady(2, "tcp://0.0.0.0:514 is not bound"))
            .On(new Gone(2, "exit code 0", false)).On(new HooksEnded(2, []));
        Assert.Equal(Verdict.RolledBack, script.Closed.Verdict);
        Assert.Contains("is not bound", script.Closed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_launch_that_fails_is_rolled_back_and_its_listeners_are_released()
    {
        var script = Script.Reloading(AttemptStep.Launching, TestPlans.Of("b")).On(new LaunchFailed(2, "cannot start x: y"));
        Assert.Equal(Verdict.RolledBack, script.Closed.Verdict);
        Assert.Equal("sha-a", script.One<ReleaseUnused>().Plan.SourceSha256);
    }

    [Theory]
    [MemberData(nameof(ReloadTests.OpenSteps), MemberType = typeof(ReloadTests))]
    public void A_rollback_is_taken_before_the_commit_and_refused_after_it(object boxed)
    {
        var step = (AttemptStep)boxed;
        var script = Script.Reloading(step).On(new RollbackAsked(8, "tester"));
        if (step > AttemptStep.RollingBack)
        {
            Assert.Equal(ProblemCode.NothingToUndo, script.One<Refuse>().Code);
            return;
        }

        Assert.Contains(new Take(8), script.Last);
        if (step is AttemptStep.Holding or AttemptStep.SwitchingBack)
        {
            return; // These have tests of their own.
        }

        if (step == AttemptStep.Launching)
        {
            script.On(new Launched(2, 102));
        }

        if (step == AttemptStep.Switching)
        {
            Assert.True(script.Has<HastenSwitch>());
            script.Switched(SwitchOutcome.Recalled, "recalled: the switch was called back");
            Assert.Equal(2, script.One<Discard>().Generation);
            script.On(new Gone(2, "killed by signal 9 (SIGKILL)", false));
        }

        if (script.State.Leaving is [var leaving])
        {
            Assert.Equal(2, leaving.Number);
            Assert.Single(script.All.OfType<Drain>());
            script.On(new Gone(2, "exit code 0", false));
        }

        if (script.State.Attempt is not null)
        {
            script.On(new HooksEnded(2, []));
        }

        Assert.Equal(Verdict.RolledBack, script.Closed.Verdict);
        Assert.Equal("on request of tester", script.Closed.Message);
        Assert.Equal(FsmState.Running, script.Fsm);
        Assert.Single(script.All.OfType<Take>(), taken => taken.Request == 7);
    }

    [Fact]
    public void A_rollback_without_a_reload_has_nothing_to_undo()
    {
        Assert.Equal(ProblemCode.NothingToUndo, Script.Running().On(new RollbackAsked(1, "tester")).One<Refuse>().Code);
        var starting = new Script().On(new StartAsked(TestPlans.Of())).Through(AttemptStep.AwaitingReady);
        Assert.Equal(ProblemCode.NothingToUndo, starting.On(new RollbackAsked(1, "tester")).One<Refuse>().Code);
    }
}

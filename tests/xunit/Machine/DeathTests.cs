using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>The active generation dies by itself in each phase of a reload.</summary>
public class DeathTests
{
    [Theory]
    [InlineData(AttemptStep.WarmingUp)]
    [InlineData(AttemptStep.HandingOff)]
    [InlineData(AttemptStep.Soaking)]
    public void A_ready_candidate_takes_the_place_of_one_that_dies_at_once(object step)
    {
        var script = Script.Reloading((AttemptStep)step).On(Script.Killed(1));
        Assert.Equal(2, script.State.Active!.Number);
        Assert.Equal(2, script.One<Committed>().Generation);
        Assert.True(script.Has<AbandonWork>());
        Assert.Equal("skipped", script.Last.OfType<LeavePhase>().First().Outcome);
        script.On(new HooksEnded(2, []));
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.Contains("was killed by signal 9 (SIGKILL) during the reload; generation 2", script.Closed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AttemptStep.Reading)]
    [InlineData(AttemptStep.Inspecting)]
    [InlineData(AttemptStep.PreFlight)]
    [InlineData(AttemptStep.Launching)]
    [InlineData(AttemptStep.AwaitingReady)]
    public void A_candidate_on_its_way_is_waited_for_and_serves_as_soon_as_it_is_ready(object step)
    {
        var script = Script.Reloading((AttemptStep)step).On(Script.Killed(1));
        Assert.NotNull(script.State.Attempt);
        Assert.False(script.Has<StartTimer>());
        script.Through(AttemptStep.AwaitingReady).On(new Ready(2));
        Assert.Equal(2, script.State.Active!.Number);
        script.On(new HooksEnded(2, []));
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.Contains("generation 1 (pid 101) was killed by", script.Closed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ready_by_delay_is_not_ready_while_it_warms_up()
    {
        var next = TestPlans.Of("b", p => p with
        {
            Startup = new StartupPlan { Ready = Readiness.Delay, WarmupDelay = TimeSpan.FromSeconds(1) },
        });
        var script = Script.Reloading(AttemptStep.WarmingUp, next).On(Script.Killed(1));
        Assert.Null(script.State.Active);
        script.On(new WarmedUp(2));
        Assert.Equal(2, script.State.Active!.Number);
    }

    [Fact]
    public void When_both_fail_the_old_plan_comes_back_without_waiting_for_drain_or_hooks()
    {
        var script = Script.Reloading(AttemptStep.AwaitingReady).On(Script.Killed(1)).On(new NotReady(2, "not bound"));
        Assert.Equal(2, script.One<Drain>().Generation);
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.Equal(Verdict.Failed, script.One<RunHooks>().Verdict);
        script.On(new TimerFired(TimerKind.Restart, script.One<StartTimer>().Key));
        Assert.Equal("sha-a", script.One<OpenRecord>().Plan!.SourceSha256);
        Assert.Equal(AttemptKind.Restart, script.One<OpenRecord>().Kind);
    }

    [Fact]
    public void A_new_generation_that_dies_while_the_old_one_drains_is_restarted_and_the_reload_failed()
    {
        var script = Script.Reloading(AttemptStep.Draining, TestPlans.Of("b")).On(Script.Killed(2));
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.Contains("; then generation 2 (pid 102) was killed by", script.Closed.Message, StringComparison.Ordinal);
        Assert.True(script.Has<StartTimer>());
        Assert.Equal([1, 2], script.State.Leaving.Select(member => member.Number));
        script.On(new TimerFired(TimerKind.Restart, script.One<StartTimer>().Key));
        Assert.Equal("sha-b", script.One<OpenRecord>().Plan!.SourceSha256);
        script.On(new Gone(1, "exit code 0", false));
        Assert.Empty(script.Last);
    }

    [Fact]
    public void An_old_generation_that_dies_while_the_candidate_is_rolled_back_is_restarted_at_once()
    {
        var script = Script.Reloading(AttemptStep.Soaking).On(new SoakEnded(2, "bad")).On(Script.Killed(1));
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.True(script.Has<StartTimer>());
        Assert.True(script.Has<RunHooks>());
    }

    [Fact]
    public void A_launch_under_way_is_awaited_even_when_nothing_serves_any_more()
    {
        var script = Script.Reloading(AttemptStep.Launching).On(new RollbackAsked(8, "tester")).On(Script.Killed(1));
        Assert.False(script.Has<CloseRecord>());
        script.On(new Launched(2, 102));
        Assert.Equal(2, script.One<Drain>().Generation);
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.True(script.Has<StartTimer>());
    }
}

using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>The active generation dies while nothing else goes on.</summary>
public class RestartTests
{
    [Fact]
    public void One_that_dies_idle_is_restarted_after_the_backoff_with_the_plan_that_served()
    {
        var script = Script.Running(TestPlans.Of("a", TestPlans.Everything)).On(Script.Killed(1));
        Assert.Equal(FsmState.Pending, script.Fsm);
        Assert.Equal(1, script.One<Discard>().Generation);
        Assert.Equal(TimerKind.Served, script.One<CancelTimer>().Kind);
        Assert.False(script.Has<ReleaseUnused>());
        var timer = script.One<StartTimer>();
        Assert.Equal(TimeSpan.FromMilliseconds(100), timer.Due);
        script.On(new Gone(1, "killed by signal 9 (SIGKILL)", false));
        Assert.Empty(script.Last);

        script.On(new TimerFired(TimerKind.Restart, timer.Key));
        var opened = script.One<OpenRecord>();
        Assert.Equal((AttemptKind.Restart, 1, 9), (opened.Kind, opened.Old!.Number, opened.Old.Exit!.Value.Signal));
        script.Through(AttemptStep.AwaitingReady);
        Assert.Equal(1, script.One<AwaitReady>().Predecessor);
        Assert.Single(script.All.OfType<RunPreFlight>());
        script.On(new Ready(2));
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.Equal("generation 1 (pid 101) was killed by signal 9 (SIGKILL); generation 2 (pid 102) serves", script.Closed.Message);
        Assert.False(script.Has<RunHooks>());
        Assert.Equal((FsmState.Running, 1), (script.Fsm, script.State.Deaths));
        Assert.Equal("sha-a", script.State.Active!.Plan.SourceSha256);
    }

    [Fact]
    public void The_backoff_doubles_up_to_its_most_and_starts_anew_after_serving_that_long()
    {
        var restart = new RestartPlan { BackoffInitial = TimeSpan.FromSeconds(1), BackoffMax = TimeSpan.FromSeconds(5) };
        var script = Script.Running(TestPlans.Of(restart: restart));
        var waits = new List<double>();
        for (var generation = 1; generation <= 5; generation++)
        {
            waits.Add(DieAndComeBack(script, generation));
        }

        Assert.Equal([1, 2, 4, 5, 5], waits);
        script.On(new TimerFired(TimerKind.Served, 5)).On(new TimerFired(TimerKind.Served, 6));
        Assert.Equal(1, DieAndComeBack(script, 6));
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 200)]
    [InlineData(8, 25_600)]
    [InlineData(9, 30_000)]
    [InlineData(1_000_000, 30_000)]
    public void Backoff_is_bounded(int before, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), ReloadMachine.Backoff(new RestartPlan(), before));

    [Fact]
    public void At_the_limit_the_service_is_given_up_with_a_record_and_a_reload_repairs_it()
    {
        var script = Script.Running(TestPlans.Of(restart: new RestartPlan { Limit = 2 }));
        DieAndComeBack(script, 1);
        DieAndComeBack(script, 2);
        script.On(Script.Killed(3));
        Assert.Equal(FsmState.Failed, script.Fsm);
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.Contains("restart.limit of 2 is reached", script.Closed.Message, StringComparison.Ordinal);
        Assert.False(script.Has<Exit>());

        script.On(new ReloadAsked(9, false)).Through(AttemptStep.AwaitingReady, TestPlans.Of("b"));
        Assert.Null(script.One<AwaitReady>().Predecessor);
        script.On(new Ready(4));
        Assert.Equal(FsmState.Running, script.Fsm);
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.True(script.Has<ReleaseUnused>());
        Assert.Equal(0, script.State.Restart.InRow);
    }

    [Theory]
    [InlineData(RestartPolicy.Always, 0, FsmState.Pending)]
    [InlineData(RestartPolicy.OnFailure, 0, FsmState.Failed)]
    [InlineData(RestartPolicy.OnFailure, 1, FsmState.Pending)]
    [InlineData(RestartPolicy.Never, 1, FsmState.Failed)]
    public void The_policy_decides(object policy, int code, string expected)
    {
        var script = Script.Running(TestPlans.Of(restart: new RestartPlan { Policy = (RestartPolicy)policy }))
            .On(new Exited(1, new ProcessExit(code, 0)));
        Assert.Equal(expected, script.Fsm);
        Assert.Equal(expected == FsmState.Failed, script.Has<CloseRecord>());
    }

    [Fact]
    public void A_restart_that_fails_counts_and_waits_longer()
    {
        var script = Script.Running().On(Script.Killed(1));
        script.On(new TimerFired(TimerKind.Restart, script.One<StartTimer>().Key)).Through(AttemptStep.Launching)
            .On(new LaunchFailed(2, "cannot start"));
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.Equal(TimeSpan.FromMilliseconds(200), script.One<StartTimer>().Due);
    }

    [Fact]
    public void A_reload_in_the_backoff_takes_the_place_of_the_restart_and_gives_it_back_when_it_fails()
    {
        var script = Script.Running().On(Script.Killed(1));
        var first = script.One<StartTimer>().Key;
        script.On(new ReloadAsked(9, false));
        Assert.Equal(TimerKind.Restart, script.One<CancelTimer>().Kind);
        script.On(new TimerFired(TimerKind.Restart, first));
        Assert.Empty(script.Last);
        script.Through(AttemptStep.Launching, TestPlans.Of("b")).On(new LaunchFailed(2, "cannot start"));
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.Equal(TimeSpan.FromMilliseconds(100), script.One<StartTimer>().Due);
        script.On(new TimerFired(TimerKind.Restart, script.One<StartTimer>().Key));
        Assert.Equal("sha-a", script.One<OpenRecord>().Plan!.SourceSha256);
    }

    [Fact]
    public void A_timer_that_was_cancelled_too_late_is_not_taken_for_the_next_one()
    {
        var script = Script.Running().On(Script.Killed(1));
        var stale = script.One<StartTimer>().Key;
        script.On(new ReloadAsked(9, false)).On(new ConfigurationBad(2, "bad", []));
        Assert.True(script.Has<StartTimer>());
        Assert.Empty(script.On(new TimerFired(TimerKind.Restart, stale)).Last);
    }

    [Fact]
    public void Sockets_are_not_released_under_the_hands_of_a_launch()
    {
        var script = Script.Running();
        DieAndComeBack(script, 1, clear: false);
        script.On(new ReloadAsked(9, false)).Through(AttemptStep.Launching).On(new RollbackAsked(10, "tester"));
        Assert.False(script.On(new Gone(1, "late", false)).Has<ReleaseUnused>());
    }

    private static double DieAndComeBack(Script script, int generation, bool clear = true)
    {
        script.On(Script.Killed(generation));
        var timer = script.One<StartTimer>();
        if (clear)
        {
            script.On(new Gone(generation, "", false));
        }

        script.On(new TimerFired(TimerKind.Restart, timer.Key)).Through(AttemptStep.AwaitingReady).On(new Ready(generation + 1));
        Assert.Equal(generation + 1, script.State.Active?.Number);
        return timer.Due.TotalSeconds;
    }
}

using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>The undo window.</summary>
public class UndoTests
{
    [Fact]
    public void After_success_the_old_one_is_kept_and_the_record_is_closed_at_once()
    {
        var script = Script.Window(Script.Exclusive);
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.Equal(new StartTimer(TimerKind.KeepWarm, 1, TimeSpan.FromMinutes(5)), script.Last.OfType<StartTimer>().Last());
        Assert.False(script.Has<Drain>());
        Assert.Equal((FsmState.Running, 1, Standing.Parked), (script.Fsm, script.State.Parked!.Number, script.State.Parked.Standing));
    }

    [Fact]
    public void At_its_end_the_old_one_is_drained_without_a_record()
    {
        var script = Script.Window(Script.Exclusive).On(new TimerFired(TimerKind.KeepWarm, 1));
        Assert.Equal((1, Standing.Parked), (script.One<Drain>().Generation, script.One<Drain>().Standing));
        Assert.False(script.Has<OpenRecord>());
        Assert.Equal(FsmState.Running, script.Fsm);
        script.On(new Gone(1, "exit code 0", false));
        Assert.True(script.Has<ReleaseUnused>());
        Assert.Equal(ProblemCode.NothingToUndo, script.On(new RollbackAsked(9, "tester")).One<Refuse>().Code);
    }

    [Fact]
    public void Shared_sockets_are_kept_from_it_by_freezing_and_directed_ones_by_the_route()
    {
        Assert.Equal(1, Script.Window(Script.Split with { Directed = false }).One<Freeze>().Generation);
        var directed = Script.Window(Script.Split);
        Assert.False(directed.Has<Freeze>());
        Assert.Equal(new Route(2), directed.Directed.Last().Route);
        Assert.Equal(Standing.Running, directed.State.Parked!.Standing);
    }

    [Fact]
    public void A_rollback_in_it_is_the_switch_backwards_with_a_record_of_its_own()
    {
        var script = Script.Window(Script.Exclusive).On(new RollbackAsked(9, "tester"));
        Assert.Equal(9, script.One<Take>().Request);
        var opened = script.One<OpenRecord>();
        Assert.Equal((AttemptKind.Rollback, 2, 1), (opened.Kind, opened.Old!.Number, opened.New!.Number));
        Assert.Equal((2, 1, true), (script.One<BeginSwitch>().From, script.One<BeginSwitch>().To, script.One<BeginSwitch>().Back));
        Assert.Contains(script.Last, effect => effect is CancelTimer { Kind: TimerKind.KeepWarm });
        script.Switched();
        Assert.Equal((2, Standing.Parked), (script.One<Drain>().Generation, script.One<Drain>().Standing));
        Assert.Equal("sha-a", script.State.ServedPlan!.SourceSha256);
        Assert.False(script.Has<StartTimer>() && script.Last.OfType<StartTimer>().Any(timer => timer.Kind == TimerKind.KeepWarm));
        script.On(new Gone(2, "exit code 0", false));
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.Equal("generation 1 (pid 101) serves again in place of generation 2 (pid 102)", script.Closed.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_rollback_without_an_exclusive_switch_directs_and_drains(bool directed)
    {
        var script = Script.Window(Script.Split with { Directed = directed }).On(new RollbackAsked(9, "tester"));
        Assert.Equal(new DirectTraffic(new Route(1)), Assert.Single(script.Directed));
        Assert.Equal(!directed, script.Has<Thaw>());
        Assert.Equal((2, Standing.Running), (script.One<Drain>().Generation, script.One<Drain>().Standing));
        Assert.Equal(1, script.State.Active!.Number);
    }

    [Fact]
    public void It_comes_by_itself_when_the_new_one_dies()
    {
        var script = Script.Window(Script.Exclusive).On(Script.Killed(2));
        Assert.Equal(new DirectTraffic(new Route(1), 2), Assert.Single(script.Directed));
        Assert.Equal(1, script.One<Thaw>().Generation);
        Assert.Equal(2, script.One<Discard>().Generation);
        var opened = script.One<OpenRecord>();
        Assert.Equal((AttemptKind.Rollback, "generation 2 (pid 102) was killed by signal 9 (SIGKILL)"), (opened.Kind, opened.Reason));
        Assert.Equal((Verdict.Succeeded, 1, 1), (script.Closed.Verdict, script.State.Active!.Number, script.State.Deaths));
        Assert.Equal("generation 2 (pid 102) was killed by signal 9 (SIGKILL); generation 1 (pid 101) serves again", script.Closed.Message);
        Assert.False(script.Has<StartTimer>() && script.Last.OfType<StartTimer>().Any(timer => timer.Kind == TimerKind.Restart));
    }

    [Fact]
    public void A_kept_one_that_dies_ends_it()
    {
        var script = Script.Window(Script.Exclusive).On(Script.Killed(1));
        Assert.Equal(1, script.One<Discard>().Generation);
        Assert.Contains("the undo window is over", script.One<Announce>().Message, StringComparison.Ordinal);
        Assert.Equal(FsmState.Running, script.Fsm);
        Assert.Empty(script.Directed);
    }

    [Fact]
    public void A_kept_one_that_dies_on_the_way_back_leaves_the_new_one_serving()
    {
        var script = Script.Window(Script.Exclusive).On(new RollbackAsked(9, "tester")).On(Script.Killed(1))
            .Switched(SwitchOutcome.Recalled, "generation 1 was killed while it was parked");
        Assert.Equal(1, script.One<Discard>().Generation);
        script.On(new Gone(1, "", false));
        Assert.Equal((Verdict.RolledBack, 2), (script.Closed.Verdict, script.State.Active!.Number));
    }

    [Fact]
    public void A_new_reload_ends_it_and_a_bad_configuration_does_not()
    {
        var script = Script.Window(Script.Exclusive).On(new ReloadAsked(9, false)).On(new ConfigurationBad(3, "bad", []));
        Assert.Equal(1, script.State.Parked!.Number);
        script.On(new ReloadAsked(10, false)).On(new ConfigurationRead(4, TestPlans.Of("c"), []));
        Assert.Equal((1, Standing.Parked), (script.One<Drain>().Generation, script.One<Drain>().Standing));
        Assert.Null(script.State.Parked);
        script.Through(AttemptStep.Launching, TestPlans.Of("c"));
    }

    [Fact]
    public void A_new_one_that_dies_while_the_next_configuration_is_read_goes_back_all_the_same()
    {
        var script = Script.Window(Script.Exclusive).On(new ReloadAsked(9, false)).On(Script.Killed(2));
        Assert.Equal(9, script.One<Take>().Request);
        Assert.Equal(2, script.Last.OfType<CloseRecord>().Count());
        Assert.Equal((FsmState.Running, 1), (script.Fsm, script.State.Active!.Number));
        Assert.Empty(script.On(new ConfigurationRead(3, TestPlans.Of("c"), [])).Last);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void While_the_hooks_of_the_success_run_the_way_back_is_open_too(bool asked)
    {
        var next = TestPlans.Of("b", p => Script.KeepingWarm(TestPlans.Everything(p)));
        var script = Script.Reloading(AttemptStep.Soaking, next, choice: Script.Exclusive).On(new SoakEnded(2, null));
        Assert.True(script.Has<RunHooks>());
        script.On(asked ? new RollbackAsked(9, "tester") : Script.Killed(2));
        Assert.Equal(asked ? Verdict.Succeeded : Verdict.RolledBack, script.Last.OfType<CloseRecord>().First().Verdict);
        Assert.False(script.Has<AbandonWork>());
        Assert.Equal(AttemptKind.Rollback, script.One<OpenRecord>().Kind);
        Assert.Empty(script.On(new HooksEnded(2, [])).Last);
    }

    [Fact]
    public void Going_back_opens_no_window_of_its_own()
    {
        var script = Script.Reloading(AttemptStep.Soaking, TestPlans.Of("b", Script.KeepingWarm), first: TestPlans.Of("a", Script.KeepingWarm), choice: Script.Exclusive)
            .On(new SoakEnded(2, null)).On(new RollbackAsked(9, "tester")).Switched();
        Assert.Equal(2, script.One<Drain>().Generation);
        Assert.Null(script.State.Parked);
    }

    [Fact]
    public void Going_back_runs_no_hooks()
    {
        var script = Script.Reloading(AttemptStep.Soaking, TestPlans.Of("b", Script.KeepingWarm), first: TestPlans.Of("a", TestPlans.Everything), choice: Script.Exclusive)
            .On(new SoakEnded(2, null)).On(new RollbackAsked(9, "tester")).Switched().On(new Gone(2, "", false));
        Assert.False(script.Has<RunHooks>());
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
    }

    [Fact]
    public void Only_the_end_of_the_one_that_is_drained_ends_the_drain()
    {
        // The kept one, let go by the next reload, takes longer to end than that reload.
        var script = Script.Window(Script.Exclusive).On(new ReloadAsked(9, false)).Through(AttemptStep.Draining, TestPlans.Of("c"));
        script.On(new Gone(1, "exit code 0", false));
        Assert.False(script.Has<LeavePhase>());
        Assert.Equal(AttemptStep.Draining, script.State.Attempt!.Step);
        script.On(new Gone(2, "exit code 0", false));
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
    }

    [Fact]
    public void A_stop_ends_the_kept_one_too()
    {
        var script = Script.Window(Script.Exclusive).On(new StopAsked(3, false));
        Assert.Equal([(1, Standing.Parked), (2, Standing.Running)], script.Last.OfType<Drain>().OrderBy(d => d.Generation).Select(d => (d.Generation, d.Standing)));
        script.On(new Exited(1, new ProcessExit(0, 0))).On(new Gone(1, "", false)).On(new Gone(2, "", false));
        Assert.True(script.Has<Exit>());
    }
}

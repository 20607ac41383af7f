using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>Exclusive traffic: one generation has it at any time.</summary>
public class SwitchTests
{
    [Fact]
    public void The_candidate_is_probed_without_traffic_then_switched_to_then_soaks_on_all_of_it()
    {
        var script = Script.Reloading(AttemptStep.Probing);
        Assert.Equal((true, false), (script.One<BeginSoak>().OneRound, script.One<BeginSoak>().LivenessOnly));
        Assert.Equal(FsmState.Soaking, script.Fsm);
        Assert.Empty(script.Directed);
        script.On(new SoakEnded(2, null));
        Assert.Equal(new BeginSwitch(1, 2, false, TimeSpan.FromSeconds(2)), script.One<BeginSwitch>());
        script.Switched();
        Assert.False(script.One<BeginSoak>().OneRound);
        Assert.Equal(Standing.Parked, script.State.Active!.Standing);
        script.On(new SoakEnded(2, null));
        Assert.Equal(new Drain(1, 15, TimeSpan.FromSeconds(30), Standing.Parked), script.One<Drain>());
        Assert.Empty(script.Directed);
        Assert.Equal(2, script.State.Active!.Number);
    }

    [Fact]
    public void Without_a_soak_the_switch_is_the_same()
    {
        var next = TestPlans.Of("b", p => p with { Strategy = Strategy.Immediate });
        var script = Script.Reloading(AttemptStep.Probing, next);
        Assert.True(script.One<BeginSoak>().LivenessOnly);
        script.On(new SoakEnded(2, null)).Switched();
        Assert.Equal((true, false), (script.One<BeginSoak>().LivenessOnly, script.One<BeginSoak>().OneRound));
    }

    [Fact]
    public void A_probe_that_fails_before_the_switch_rolls_back_before_it()
    {
        var script = Script.Reloading(AttemptStep.Probing).On(new SoakEnded(2, "http_get: 503"));
        Assert.Equal(Standing.Running, script.One<Drain>().Standing);
        Assert.DoesNotContain(script.All, effect => effect is BeginSwitch);
        Assert.Contains("failed before the switch: http_get: 503", script.State.Attempt!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SwitchOutcome.Recalled)]
    [InlineData(SwitchOutcome.Refused)]
    public void A_switch_that_does_not_come_about_is_rolled_back_with_its_reason(object outcome)
    {
        var script = Script.Reloading(AttemptStep.Switching).Switched((SwitchOutcome)outcome, "recalled: generation 1 did not come to rest");
        Assert.Equal((SwitchOutcome)outcome == SwitchOutcome.Recalled, script.Has<Discard>());
        Assert.Empty(script.Directed);
        script.On(new Gone(2, "", false)).On(new HooksEnded(2, []));
        Assert.Equal((Verdict.RolledBack, "recalled: generation 1 did not come to rest"), (script.Closed.Verdict, script.Closed.Message));
        Assert.Equal(Standing.Running, script.State.Active!.Standing);
    }

    [Fact]
    public void A_failed_soak_goes_back_by_the_same_switch_and_drains_the_candidate_where_it_rests()
    {
        var script = Script.Reloading(AttemptStep.Soaking, choice: Script.Exclusive).On(new SoakEnded(2, "sick"));
        Assert.Equal(new BeginSwitch(2, 1, true, TimeSpan.FromSeconds(2)), script.One<BeginSwitch>());
        Assert.False(script.Has<Drain>());
        Assert.Equal(FsmState.Soaking, script.Fsm);
        script.Switched();
        Assert.Equal((2, Standing.Parked), (script.One<Drain>().Generation, script.One<Drain>().Standing));
        script.On(new Gone(2, "exit code 0", false)).On(new HooksEnded(2, []));
        Assert.Equal(Verdict.RolledBack, script.Closed.Verdict);
        Assert.Equal((1, Standing.Running), (script.State.Active!.Number, script.State.Active.Standing));
    }

    [Fact]
    public void One_that_does_not_rest_on_the_way_back_is_cut_off_and_the_record_says_so()
    {
        var script = Script.Reloading(AttemptStep.SwitchingBack).Switched(SwitchOutcome.Forced, "generation 2 did not come to rest");
        Assert.Equal(Standing.CutOff, script.One<Drain>().Standing);
        Assert.EndsWith("failed its soak: sick; generation 2 did not come to rest", script.State.Attempt!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_candidate_that_dies_on_live_traffic_gives_it_back_at_once()
    {
        var script = Script.Reloading(AttemptStep.Soaking, choice: Script.Exclusive).On(Script.Killed(2));
        Assert.Equal(new DirectTraffic(new Route(1), 2), Assert.Single(script.Directed));
        Assert.Equal(1, script.One<Thaw>().Generation);
        Assert.Equal(2, script.One<Discard>().Generation);
        Assert.False(script.Has<BeginSwitch>());
    }

    [Fact]
    public void A_parked_one_that_dies_leaves_the_candidate_as_all_there_is()
    {
        var script = Script.Reloading(AttemptStep.Soaking, choice: Script.Exclusive).On(Script.Killed(1));
        Assert.Empty(script.Directed);
        Assert.Equal(1, script.One<Discard>().Generation);
        script.On(new HooksEnded(2, []));
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.Contains("took its place at once", script.Closed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AttemptStep.WarmingUp)]
    [InlineData(AttemptStep.HandingOff)]
    [InlineData(AttemptStep.Probing)]
    public void An_active_one_that_dies_before_the_switch_leaves_what_it_had_not_read_to_the_candidate(object step)
    {
        var script = Script.Reloading((AttemptStep)step, choice: Script.Exclusive).On(Script.Killed(1));
        Assert.Equal(new DirectTraffic(new Route(2), 1), Assert.Single(script.Directed));
        Assert.Equal(2, script.State.Active!.Number);
    }

    [Fact]
    public void Deaths_during_the_switch_count_once_it_has_ended()
    {
        var script = Script.Reloading(AttemptStep.Switching).On(Script.Killed(1));
        Assert.Empty(script.Last);
        script.Switched(why: "generation 1 was killed during the switch");
        Assert.Equal(2, script.State.Active!.Number);
        Assert.Equal(1, script.One<Discard>().Generation);
        Assert.Empty(script.Directed);

        script = Script.Reloading(AttemptStep.Switching).On(Script.Killed(2));
        Assert.Empty(script.Last);
        script.Switched(SwitchOutcome.Recalled, "recalled: generation 2 was killed during the switch");
        Assert.Equal(2, script.One<Discard>().Generation);
        Assert.Equal(1, script.State.Active!.Number);
    }

    [Fact]
    public void When_both_die_during_the_switch_the_inputs_are_held_and_the_old_plan_comes_back()
    {
        var script = Script.Reloading(AttemptStep.Switching).On(Script.Killed(1)).On(Script.Killed(2))
            .Switched(SwitchOutcome.Recalled, "recalled: both died");
        Assert.Equal(new DirectTraffic(Route.Held, 1), Assert.Single(script.Directed));
        Assert.Equal([2, 1], script.Last.OfType<Discard>().Select(discard => discard.Generation));
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.True(script.Has<StartTimer>());
    }

    [Fact]
    public void A_rollback_that_comes_too_late_to_recall_the_switch_goes_back_by_another()
    {
        var script = Script.Reloading(AttemptStep.Switching).On(new RollbackAsked(8, "tester"));
        Assert.Equal(8, script.One<Take>().Request);
        script.Switched();
        Assert.False(script.Has<BeginSoak>());
        Assert.True(script.One<BeginSwitch>().Back);
        Assert.Equal(9, script.On(new RollbackAsked(9, "other")).One<Take>().Request);
        script.Switched().On(new Gone(2, "", false)).On(new HooksEnded(2, []));
        Assert.Equal((Verdict.RolledBack, "on request of tester"), (script.Closed.Verdict, script.Closed.Message));
    }

    [Fact]
    public void A_parked_one_that_dies_on_the_way_back_leaves_the_candidate_serving()
    {
        var script = Script.Reloading(AttemptStep.SwitchingBack).On(Script.Killed(1)).Switched(SwitchOutcome.Recalled, "generation 1 was killed");
        Assert.Equal(2, script.State.Active!.Number);
        Assert.Equal(1, script.One<Discard>().Generation);
        script.On(new HooksEnded(2, []));
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.Contains("there was nothing to go back to, and generation 2 (pid 102) serves on: generation 1 was killed", script.Closed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void When_both_die_on_the_way_back_the_inputs_are_held_and_the_old_plan_comes_back()
    {
        var script = Script.Reloading(AttemptStep.SwitchingBack).On(Script.Killed(1)).On(Script.Killed(2)).Switched(SwitchOutcome.Recalled, "both died");
        Assert.All(script.Directed, directed => Assert.Equal(Route.Held, directed.Route));
        Assert.Equal([1, 2], script.Last.OfType<Discard>().Select(discard => discard.Generation).Order());
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.True(script.Has<StartTimer>());
    }

    [Fact]
    public void A_stop_drains_the_parked_one_where_it_stands()
    {
        var script = Script.Reloading(AttemptStep.Soaking, choice: Script.Exclusive).On(new StopAsked(3, false));
        Assert.Equal([Standing.Parked, Standing.Running], script.Last.OfType<Drain>().OrderBy(drain => drain.Generation).Select(drain => drain.Standing));
        Assert.Equal(Route.Held, Assert.Single(script.Directed).Route);
    }

    [Fact]
    public void A_stop_now_during_the_switch_kills_both_once_it_has_ended()
    {
        var script = Script.Reloading(AttemptStep.Switching).On(new StopAsked(3, true)).On(Script.Killed(1));
        Assert.False(script.Has<Discard>());
        script.Switched(SwitchOutcome.Recalled, "recalled");
        Assert.Equal([1, 2], script.Last.OfType<Discard>().Select(discard => discard.Generation).Order());
        script.On(new Gone(1, "", false)).On(new Gone(2, "", false));
        Assert.True(script.Has<Exit>());
    }
}

using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>The first generation takes the place of a daemon that the engine has not started.</summary>
public class AdoptTests
{
    [Fact]
    public void It_is_soaked_without_traffic_and_committed_by_the_switch()
    {
        var script = Adopting(Script.Exclusive).Through(AttemptStep.Probing);
        Assert.Equal("soak", script.State.Attempt!.Phase);
        Assert.False(script.One<BeginSoak>().OneRound);
        Assert.Equal(new Route(1), Assert.Single(script.All.OfType<DirectTraffic>()).Route);
        script.On(new SoakEnded(2, null));
        Assert.Equal(("switch", new PendingSwitch(1, 2)), (script.State.Attempt!.Phase, script.State.Switch));
        script.Switched();
        Assert.Equal((2, (int?)null), (script.State.Active!.Number, script.State.Outside));
        Assert.Equal(1, script.One<Drain>().Generation);
        script.On(Script.Killed(1)).On(new Gone(1, "exit code 0", false));
        Assert.Equal(AttemptStep.PostProcess, script.State.Attempt!.Step);
        script.Next();
        Assert.Equal((Verdict.Succeeded, "generation 2 (pid 102) serves in place of generation 1 (pid 99)"), (script.Closed.Verdict, script.Closed.Message));
        Assert.Equal(FsmState.Running, script.Fsm);
    }

    [Theory]
    [InlineData(nameof(AttemptStep.PreFlight))]
    [InlineData(nameof(AttemptStep.AwaitingReady))]
    [InlineData(nameof(AttemptStep.HandingOff))]
    [InlineData(nameof(AttemptStep.Probing))]
    [InlineData(nameof(AttemptStep.Switching))]
    [InlineData(nameof(AttemptStep.Soaking))]
    public void When_it_fails_the_daemon_keeps_what_it_has_and_the_engine_ends(string where)
    {
        var step = Enum.Parse<AttemptStep>(where);
        var script = Adopting(Script.ChoiceFor(step)).Through(step);
        script.On(step switch
        {
            AttemptStep.PreFlight => new PreFlightEnded(script.State.Attempt!.Number, [new HookFailure("x", true, "bad")]),
            AttemptStep.AwaitingReady => new NotReady(2, "late"),
            AttemptStep.HandingOff => Script.Killed(2),
            AttemptStep.Switching => new SwitchEnded(1, 2, new SwitchResult(SwitchOutcome.Recalled, "recalled")),
            _ => new SoakEnded(2, "sick"),
        });
        while (script.State.Attempt is not null)
        {
            script.Next();
        }

        Assert.Equal((Lifetime.Ended, ExitCode.RolledBack), (script.State.Lifetime, script.State.ExitCode));
        Assert.Equal(1, script.One<GiveBack>().Generation);
        Assert.DoesNotContain(script.All, effect => effect is Drain { Generation: 1 } or Discard { Generation: 1 } or Kill { Generation: 1 });
        Assert.True(script.Last.ToList().FindIndex(e => e is CloseRecord) < script.Last.ToList().FindIndex(e => e is GiveBack));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stop_leaves_it_alone(bool now)
    {
        var script = Adopting(Script.Exclusive).Through(AttemptStep.Probing).On(new StopAsked(5, now));
        script.On(new Gone(2, "exit code 0", false));
        Assert.Equal((Lifetime.Ended, ExitCode.Done), (script.State.Lifetime, script.State.ExitCode));
        Assert.Equal(1, script.One<GiveBack>().Generation);
        Assert.DoesNotContain(script.All, effect => effect is Drain { Generation: 1 } or Discard { Generation: 1 } or Kill { Generation: 1 });
        Assert.All(script.All.OfType<DirectTraffic>(), e => Assert.Equal(new Route(1), e.Route));
    }

    [Fact]
    public void A_stop_during_the_switch_waits_for_its_end()
    {
        var script = Adopting(Script.Exclusive).Through(AttemptStep.Switching).On(new StopAsked(5, false));
        Assert.True(script.Has<HastenSwitch>());
        script.On(new SwitchEnded(1, 2, new SwitchResult(SwitchOutcome.Recalled, "called back")));
        script.On(new Gone(2, "exit code 0", false));
        Assert.Equal(1, script.One<GiveBack>().Generation);
    }

    [Fact]
    public void With_sequential_traffic_its_command_is_started_again_and_the_engine_stays()
    {
        var script = Adopting(Script.Sequential).Through(AttemptStep.Holding);
        Assert.Null(script.State.Outside);
        script.On(new Gone(1, "exit code 0", false)).Through(AttemptStep.AwaitingReady).On(new NotReady(2, "late")).On(new Gone(2, "exit code 0", false));
        Assert.Equal("sha-own", script.One<Launch>().Plan.SourceSha256);
        script.On(new Launched(3, 103)).On(new Ready(3));
        while (script.State.Attempt is not null)
        {
            script.Next();
        }

        Assert.Equal((FsmState.Running, 3), (script.Fsm, script.State.Active!.Number));
        Assert.Equal(Verdict.RolledBack, script.All.OfType<CloseRecord>().Single().Verdict);
        Assert.DoesNotContain(script.All, effect => effect is GiveBack);
    }

    [Fact]
    public void When_it_dies_by_itself_the_candidate_takes_its_place()
    {
        var script = Adopting(Script.Exclusive).Through(AttemptStep.Probing).On(Script.Killed(1));
        Assert.Equal((2, (int?)null), (script.State.Active!.Number, script.State.Outside));
        Assert.Equal(1, script.One<Discard>().Generation);
    }

    [Fact]
    public void It_is_rolled_back_on_request_and_says_why_it_is_not_afterwards()
    {
        var script = Adopting(Script.Exclusive).Through(AttemptStep.Probing).On(new RollbackAsked(3, "tester"));
        Assert.Equal(AttemptStep.RollingBack, script.State.Attempt!.Step);
        script = Adopting(Script.Exclusive).Through(AttemptStep.Switching).Switched().On(new RollbackAsked(4, "tester"));
        Assert.Contains("the new generation has been committed", script.One<Refuse>().Detail, StringComparison.Ordinal);
        script = Adopting(Script.Exclusive).Through(AttemptStep.Probing).On(new ReloadAsked(6, false));
        Assert.Equal("cannot reload: an adoption is under way", script.One<Refuse>().Detail);
    }

    private static Script Adopting(TrafficChoice choice) => Script.With(choice).On(new StartAsked(TestPlans.Of("b", TestPlans.Everything), new Member(1, 99, TestPlans.Of("own"))));
}

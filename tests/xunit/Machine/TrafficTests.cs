using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>Where traffic is directed outside an exclusive switch: start, death, split and sequential.</summary>
public class TrafficTests
{
    [Fact]
    public void Nothing_is_directed_before_the_first_commit_and_a_death_holds_the_inputs_until_the_next()
    {
        var script = new Script().On(new StartAsked(TestPlans.Of())).Through(AttemptStep.AwaitingReady);
        Assert.DoesNotContain(script.All, effect => effect is DirectTraffic);
        Assert.Equal(new DirectTraffic(new Route(1)), Assert.Single(script.On(new Ready(1)).Directed));

        script.On(Script.Killed(1));
        Assert.Equal(new DirectTraffic(Route.Held, 1), Assert.Single(script.Directed));
        Assert.True(script.Last.ToList().FindIndex(e => e is DirectTraffic) < script.Last.ToList().FindIndex(e => e is Discard));
        script.On(new TimerFired(TimerKind.Restart, script.One<StartTimer>().Key)).Through(AttemptStep.AwaitingReady).On(new Ready(2));
        Assert.Equal(new Route(2), Assert.Single(script.Directed).Route);
    }

    [Fact]
    public void Split_gives_the_candidate_its_weight_and_then_the_rest()
    {
        var next = TestPlans.Of("b", p => p with { Canary = p.Canary with { Weight = 10 } });
        var script = Script.Reloading(AttemptStep.Soaking, next);
        Assert.Equal(new Route(1, 2, 10), Assert.Single(script.Directed).Route);
        script.On(new SoakEnded(2, null));
        Assert.Equal(new Route(2), Assert.Single(script.Directed).Route);
        Assert.Equal(Standing.Running, script.One<Drain>().Standing);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Split_takes_the_share_back_and_from_the_dead_what_it_had_not_read(bool died)
    {
        var script = Script.Reloading(AttemptStep.Soaking).On(died ? Script.Killed(2) : new SoakEnded(2, "sick"));
        Assert.Equal(new DirectTraffic(new Route(1), died ? 2 : null), Assert.Single(script.Directed));
        script = Script.Reloading(AttemptStep.Soaking).On(Script.Killed(1));
        Assert.Equal(new DirectTraffic(new Route(2), 1), Assert.Single(script.Directed));
    }

    [Fact]
    public void One_look_needs_no_share()
    {
        var script = Script.Reloading(AttemptStep.Soaking, TestPlans.Of("b", p => p with { Strategy = Strategy.Immediate }));
        Assert.Empty(script.Directed);
        Assert.Equal(new Route(2), Assert.Single(script.On(new SoakEnded(2, null)).Directed).Route);
    }

    [Fact]
    public void Sequential_holds_the_inputs_drains_and_only_then_launches()
    {
        var script = Script.Reloading(AttemptStep.Holding);
        Assert.Equal(Route.Held, Assert.Single(script.Directed).Route);
        Assert.Equal(1, script.One<Drain>().Generation);
        Assert.DoesNotContain(script.All, effect => effect is Launch { Generation: 2 });
        Assert.Equal(FsmState.Draining, script.Fsm);
        script.On(new Gone(1, "exit code 0", false));
        Assert.Equal(2, script.One<Launch>().Generation);
        Assert.Empty(script.Directed);
        script.Through(AttemptStep.Soaking);
        Assert.Equal(new Route(2), script.All.OfType<DirectTraffic>().Last().Route);
        Assert.Null(script.One<BeginSoak>().Active);
        Assert.Equal(2, script.State.Serving!.Number);
        script.On(new SoakEnded(2, null)).On(new HooksEnded(2, []));
        Assert.Equal(Verdict.Succeeded, script.Closed.Verdict);
        Assert.Equal("generation 2 (pid 102) serves in place of generation 1 (pid 101)", script.Closed.Message);
    }

    [Theory]
    [InlineData("launch")]
    [InlineData("ready")]
    [InlineData("death")]
    [InlineData("soak")]
    [InlineData("death in soak")]
    [InlineData("rollback")]
    [InlineData("rollback while the old one drains")]
    public void Sequential_starts_the_old_command_again_when_the_new_one_is_no_good(string what)
    {
        var step = what switch
        {
            "launch" => AttemptStep.Launching,
            "rollback while the old one drains" => AttemptStep.Holding,
            "ready" or "death" => AttemptStep.AwaitingReady,
            _ => AttemptStep.Soaking,
        };
        var script = Script.Reloading(step, choice: Script.Sequential);
        script.On(what switch
        {
            "launch" => new LaunchFailed(2, "cannot"),
            "ready" => new NotReady(2, "late"),
            "soak" => new SoakEnded(2, "sick"),
            "rollback" or "rollback while the old one drains" => new RollbackAsked(8, "tester"),
            _ => Script.Killed(2),
        });
        if (step == AttemptStep.Soaking)
        {
            Assert.Equal(new DirectTraffic(Route.Held, what == "death in soak" ? 2 : null), Assert.Single(script.Directed));
        }

        foreach (var member in script.State.Leaving)
        {
            script.On(new Gone(member.Number, "", false));
        }

        var again = script.One<Launch>();
        Assert.Equal("sha-a", again.Plan.SourceSha256);
        Assert.Equal("sha-a", script.State.Candidate!.Plan.SourceSha256);
        script.Through(AttemptStep.AwaitingReady).On(new Ready(again.Generation));
        Assert.Equal(new Route(again.Generation), Assert.Single(script.Directed).Route);
        Assert.False(script.Has<BeginSoak>());
        script.On(new HooksEnded(2, []));
        Assert.Equal(Verdict.RolledBack, script.Closed.Verdict);
        Assert.EndsWith($"; the old command was started again, and generation {again.Generation} (pid {100 + again.Generation}) serves", script.Closed.Message, StringComparison.Ordinal);
        Assert.Equal("sha-a", script.State.ServedPlan!.SourceSha256);
    }

    [Fact]
    public void When_the_old_command_does_not_come_up_either_a_restart_is_owed()
    {
        var script = Script.Reloading(AttemptStep.AwaitingReady, choice: Script.Sequential).On(new NotReady(2, "late")).On(new Gone(2, "", false))
            .Through(AttemptStep.AwaitingReady).On(new NotReady(3, "late too"));
        Assert.Equal(Verdict.Failed, script.Closed.Verdict);
        Assert.Contains("late; and the old command could not be started again: generation 3 (pid 103) is not ready: late too", script.Closed.Message, StringComparison.Ordinal);
        Assert.Equal(TimerKind.Restart, script.One<StartTimer>().Kind);
    }

    [Fact]
    public void A_stop_while_the_old_one_drains_launches_nothing()
    {
        var script = Script.Reloading(AttemptStep.Holding).On(new StopAsked(3, false)).On(new Gone(1, "exit code 0", false));
        Assert.True(script.Has<Exit>());
        Assert.DoesNotContain(script.All, effect => effect is Launch { Generation: 2 });
    }

    [Fact]
    public void An_active_one_that_dies_in_the_pre_flight_of_a_sequential_reload_is_replaced_as_ever()
    {
        var script = Script.Reloading(AttemptStep.PreFlight, choice: Script.Sequential).On(Script.Killed(1)).Through(AttemptStep.AwaitingReady).On(new Ready(2));
        Assert.Equal(2, script.State.Active!.Number);
        Assert.False(script.Has<BeginSoak>());
    }
}

using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

public class StopTests
{
    [Fact]
    public void A_stop_drains_the_active_generation_and_ends_with_0()
    {
        var script = Script.Running().On(new StopAsked(3, false));
        Assert.Contains(new Take(3), script.Last);
        Assert.Equal((1, true), (script.One<Drain>().Generation, script.One<Drain>().Awaited));
        Assert.Equal(FsmState.Draining, script.Fsm);
        script.On(new Gone(1, "exit code 0", false));
        Assert.Equal(0, script.One<Exit>().Code);
        Assert.Equal(FsmState.Stopped, script.Fsm);
    }

    [Fact]
    public void A_stop_waits_no_longer_for_what_a_replaced_generation_has_left_behind()
    {
        var script = Script.Reloading(AttemptStep.Draining);
        Assert.False(script.All.OfType<Drain>().Single(drain => drain.Generation == 1).Awaited);
        script.On(new StopAsked(3, false));
        Assert.Equal(1, script.One<EndLeft>().Generation);
        Assert.Equal((2, true), (script.One<Drain>().Generation, script.One<Drain>().Awaited));
    }

    [Fact]
    public void Now_kills_at_once_and_a_second_stop_hastens_the_first()
    {
        Assert.Equal(1, Script.Running().On(new StopAsked(3, true)).One<Discard>().Generation);
        var second = Script.Running().On(new StopAsked(3, false)).On(new StopAsked(4, false));
        Assert.Equal(1, second.One<Kill>().Generation);
        Assert.Equal(4, second.One<Take>().Request);
    }

    [Theory]
    [MemberData(nameof(ReloadTests.OpenSteps), MemberType = typeof(ReloadTests))]
    public void A_stop_in_any_phase_closes_the_record_answers_the_reload_and_clears_everything_away(object step)
    {
        var script = Script.Reloading((AttemptStep)step).On(new StopAsked(3, false));
        Assert.Equal(
            (AttemptStep)step switch
            {
                AttemptStep.SwitchingBack => Verdict.RolledBack,
                > AttemptStep.Soaking => Verdict.Succeeded,
                _ => Verdict.Failed,
            },
            script.Closed.Verdict);
        Assert.Contains("the service was stopped", script.Closed.Message, StringComparison.Ordinal);
        Assert.Equal(1, script.All.Count(effect => effect is Take { Request: 7 } or Refuse { Request: 7 }));
        if ((AttemptStep)step == AttemptStep.Launching)
        {
            script.On(new Launched(2, 102));
        }

        if (script.State.Switch is not null)
        {
            Assert.True(script.Has<HastenSwitch>());
            Assert.False(script.Has<Drain>());
            script.Switched();
            var frozen = (AttemptStep)step == AttemptStep.Switching ? 1 : 2;
            Assert.Equal(Standing.Parked, script.Last.OfType<Drain>().Single(drain => drain.Generation == frozen).Standing);
            Assert.Equal(Standing.Running, script.Last.OfType<Drain>().Single(drain => drain.Generation != frozen).Standing);
        }

        foreach (var member in script.State.Leaving)
        {
            Assert.False(script.Has<Exit>());
            script.On(new Gone(member.Number, "", false));
        }

        Assert.Equal(0, script.One<Exit>().Code);
    }

    [Fact]
    public void Requests_during_and_after_a_stop_are_refused()
    {
        var script = Script.Running().On(new StopAsked(3, false)).On(new ReloadAsked(4, false));
        Assert.Equal(ProblemCode.Stopping, script.One<Refuse>().Code);
        Assert.Equal(ProblemCode.Stopping, script.On(new RollbackAsked(5, "tester")).One<Refuse>().Code);
        script.On(new Gone(1, "", false)).On(new ReloadAsked(6, false));
        Assert.Equal(ProblemCode.Stopping, script.One<Refuse>().Code);
        Assert.Equal(7, script.On(new StopAsked(7, false)).One<Take>().Request);
    }

    [Fact]
    public void A_stop_without_a_generation_ends_at_once()
    {
        Assert.True(new Script().On(new StopAsked(1, false)).Has<Exit>());
        var backoff = Script.Running().On(Script.Killed(1)).On(new Gone(1, "", false)).On(new StopAsked(1, false));
        Assert.True(backoff.Has<CancelTimer>());
        Assert.True(backoff.Has<Exit>());
    }

    [Fact]
    public void A_generation_that_is_launched_after_stop_now_is_killed()
    {
        var script = new Script().On(new StartAsked(TestPlans.Of())).Through(AttemptStep.Launching).On(new StopAsked(1, true));
        Assert.False(script.Has<Exit>());
        script.On(new Launched(1, 101));
        Assert.Equal(1, script.One<Discard>().Generation);
    }
}

using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>When the engine may be replaced, and what a successor begins with.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public void While_one_generation_serves_and_nothing_is_under_way_it_is_handed_over()
    {
        var script = Script.Running();
        var before = script.State;
        Assert.Equal(new HandOver(8), script.On(new UpgradeAsked(8)).One<HandOver>());
        Assert.Equal(before, script.State); // Nothing is decided by it.
    }

    [Theory]
    [InlineData(nameof(AttemptStep.PreFlight))]
    [InlineData(nameof(AttemptStep.Launching))]
    [InlineData(nameof(AttemptStep.Soaking))]
    [InlineData(nameof(AttemptStep.Draining))]
    public void During_a_reload_it_is_refused_as_busy(string step)
    {
        var refused = Script.Reloading(Enum.Parse<AttemptStep>(step)).On(new UpgradeAsked(8)).One<Refuse>();
        Assert.Equal((ProblemCode.ReloadBusy, "cannot upgrade: a reload is under way"), (refused.Code, refused.Detail));
    }

    [Fact]
    public void Nor_is_it_in_the_undo_window_while_nobody_serves_and_at_the_end()
    {
        var kept = Script.Window(Script.Exclusive).On(new UpgradeAsked(8)).One<Refuse>();
        Assert.Equal(ProblemCode.UpgradeRefused, kept.Code);
        Assert.Contains("generation 1 is kept to go back to", kept.Detail, StringComparison.Ordinal);
        var dead = Script.Running(TestPlans.Of(restart: new() { Policy = RestartPolicy.Never })).On(Script.Killed(1)).On(new UpgradeAsked(8)).One<Refuse>();
        Assert.Contains("no generation serves", dead.Detail, StringComparison.Ordinal);
        Assert.Equal(ProblemCode.Stopping, Script.Running().On(new StopAsked(7, false)).On(new UpgradeAsked(8)).One<Refuse>().Code);
    }

    [Fact]
    public void A_successor_reloads_restarts_and_stops_as_the_one_before_would_have()
    {
        var before = Script.Running().State;
        var script = new Script().On(new Carried(before));
        Assert.Equal(before, script.State);
        Assert.Equal(2, script.On(new ReloadAsked(8, false)).One<OpenRecord>().Attempt);
        var death = new Script().On(new Carried(before)).On(Script.Killed(1));
        Assert.Equal((1, true), (death.State.Deaths, death.State.Restart.Waiting));
        Assert.Equal(1, new Script().On(new Carried(before)).On(new StopAsked(8, false)).One<Drain>().Generation);
    }

    [Fact]
    public void What_was_restarted_has_to_serve_for_as_long_again_and_nothing_is_carried_into_a_service_that_goes()
    {
        var before = Script.Running().State with { Restart = new RestartState { InRow = 3 } };
        Assert.Equal(TimerKind.Served, new Script().On(new Carried(before)).One<StartTimer>().Kind);
        var running = Script.Running();
        var state = running.State;
        Assert.Equal(state, running.On(new Carried(before)).State);
    }
}

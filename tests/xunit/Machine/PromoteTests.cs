using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>A soak that has been long enough.</summary>
public sealed class PromoteTests
{
    public static TheoryData<string> Traffics() => ["split", "exclusive", "sequential"];

    [Theory]
    [MemberData(nameof(Traffics))]
    public void Once_a_round_has_passed_the_soak_is_told_to_end_and_its_end_is_as_any(string traffic)
    {
        var script = Soaking(traffic).On(new RoundPassed(2)).On(new PromoteAsked(8, "tester"));

        Assert.Equal([new Take(8), new EndSoak(script.State.Attempt!.Number, 2, "tester")], script.Last);
        Assert.Equal(FsmState.Soaking, script.Fsm);
        script.On(new SoakEnded(2, null));
        Assert.Equal(("soak", PhaseOutcome.Ok, "promoted by tester"), Phase(script));
        Assert.Equal(2, script.State.Active?.Number);
        Assert.EndsWith(" in place of generation 1 (pid 101), promoted by tester", script.State.Attempt!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Traffics))]
    public void One_that_fails_all_the_same_is_rolled_back(string traffic)
    {
        var script = Soaking(traffic).On(new RoundPassed(2)).On(new PromoteAsked(8, "tester")).On(new SoakEnded(2, "sick"));

        Assert.Equal(("soak", PhaseOutcome.Failed), (Phase(script).Name, Phase(script).Outcome));
        Assert.NotEqual(2, script.State.Active?.Number);
    }

    [Fact]
    public void Asked_twice_it_is_ended_once_and_by_the_first()
    {
        var script = Soaking("split").On(new RoundPassed(2)).On(new PromoteAsked(8, "first")).On(new PromoteAsked(9, "second"));

        Assert.Equal([new Take(9)], script.Last);
        Assert.Equal("first", script.State.Attempt!.PromotedBy);
    }

    [Fact]
    public void A_round_of_another_generation_or_of_the_probes_before_the_switch_does_not_count()
    {
        var script = Script.Reloading(AttemptStep.Probing).On(new RoundPassed(2)).Through(AttemptStep.Soaking).On(new RoundPassed(1)).On(new PromoteAsked(8, "tester"));

        Assert.Equal(
            new Refuse(8, ProblemCode.NothingToPromote, "cannot promote: no round of probes has passed in this soak yet (try again in a moment)"), script.One<Refuse>());
    }

    [Fact]
    public void The_old_command_started_again_is_not_promoted()
    {
        var script = Soaking("sequential").On(new RoundPassed(2)).On(new SoakEnded(2, "sick")).On(new Gone(2, "", false)).Through(AttemptStep.AwaitingReady);
        script.On(new RoundPassed(script.State.Candidate!.Number)).On(new PromoteAsked(8, "tester"));

        Assert.Contains("has been given up", script.One<Refuse>().Detail, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ReloadTests.OpenSteps), MemberType = typeof(ReloadTests))]
    public void In_every_other_step_it_is_refused_with_a_sentence_of_its_own(object boxed)
    {
        var step = (AttemptStep)boxed;
        var script = Script.Reloading(step).On(new PromoteAsked(8, "tester"));

        var refused = script.One<Refuse>();
        Assert.Equal(ProblemCode.NothingToPromote, refused.Code);
        Assert.Contains(
            step switch
            {
                AttemptStep.Soaking => "no round of probes has passed",
                AttemptStep.SwitchingBack or AttemptStep.RollingBack => "has been given up",
                AttemptStep.Draining or AttemptStep.PostProcess => "is committed already",
                _ => "does not soak yet",
            },
            refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_reload_there_is_nothing_to_promote()
    {
        Assert.Contains("no reload is under way", Script.Running().On(new PromoteAsked(8, "tester")).One<Refuse>().Detail, StringComparison.Ordinal);
        var starting = new Script().On(new StartAsked(TestPlans.Of())).Through(AttemptStep.AwaitingReady);
        Assert.Contains("the first start is under way, which has no soak", starting.On(new PromoteAsked(8, "tester")).One<Refuse>().Detail, StringComparison.Ordinal);
        Assert.Equal(ProblemCode.Stopping, Soaking("split").On(new StopAsked(8, true)).On(new PromoteAsked(9, "tester")).One<Refuse>().Code);
    }

    private static Script Soaking(string traffic) => Script.Reloading(AttemptStep.Soaking, choice: traffic switch
    {
        "exclusive" => Script.Exclusive,
        "sequential" => Script.Sequential,
        _ => Script.Split,
    });

    private static (string Name, string Outcome, string? Detail) Phase(Script script) =>
        script.Last.OfType<LeavePhase>().Select(phase => (phase.Name, phase.Outcome, phase.Detail)).First();
}

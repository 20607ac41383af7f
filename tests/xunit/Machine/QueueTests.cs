using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>A reload that is asked for while something is under way, and follows it.</summary>
public class QueueTests
{
    [Theory]
    [InlineData("bad")]
    [InlineData(null)]
    public void One_more_reload_follows_whatever_the_verdict(string? failure)
    {
        var script = Script.Running().On(new ReloadAsked(1, false)).Through(AttemptStep.Soaking, TestPlans.Of("b"));
        script.On(new ReloadAsked(2, false, Queue: true));
        Assert.Equal(2, script.One<Queue>().Request);
        script.On(new ReloadAsked(3, true, Queue: true)).On(new ReloadAsked(4, false, Queue: true));
        Assert.Equal(4, script.One<Queue>().Request);
        script.On(new SoakEnded(2, failure)).On(new Gone(failure is null ? 1 : 2, "exit code 0", false));
        Assert.Equal(failure is null ? Verdict.Succeeded : Verdict.RolledBack, script.Closed.Verdict);

        // Three were one reload: the last one's, by force as one of them wanted it.
        Assert.Equal((4, true), (script.One<OpenRecord>().Request, script.One<OpenRecord>().Forced));
        Assert.True(script.Has<ReadConfiguration>());
        Assert.Null(script.State.Queued);
        Assert.False(script.Has<Take>());
        Assert.False(script.On(new ConfigurationBad(script.State.Attempt!.Number, "bad", [])).Has<Refuse>());
        Assert.Equal(FsmState.Running, script.Fsm);
    }

    [Fact]
    public void It_follows_a_first_start_and_a_restart()
    {
        var script = new Script().On(new ReloadAsked(1, false, Queue: true)).On(new StartAsked(TestPlans.Of())).On(new ReloadAsked(2, false, Queue: true))
            .Through(AttemptStep.AwaitingReady).On(new Ready(1));
        Assert.Equal(2, script.One<OpenRecord>().Request);

        script = Script.Running().On(new Exited(1, new ProcessExit(-1, 9))).On(new Gone(1, "killed", false));
        script.On(new TimerFired(TimerKind.Restart, script.State.Restart.Timer)).On(new ReloadAsked(1, false, Queue: true));
        Assert.True(script.Has<Queue>());
        script.Through(AttemptStep.AwaitingReady).On(new Ready(2));
        Assert.Equal(AttemptKind.Reload, script.One<OpenRecord>().Kind);
    }

    [Fact]
    public void It_is_begun_at_once_when_nothing_is_under_way_and_goes_with_the_service()
    {
        var script = Script.Running().On(new ReloadAsked(1, false, Queue: true));
        Assert.False(script.Has<Queue>());
        Assert.True(script.Has<ReadConfiguration>());
        script.On(new ReloadAsked(2, false, Queue: true)).On(new StopAsked(3, false));
        Assert.Null(script.State.Queued);
        script.On(new ReloadAsked(4, false, Queue: true));
        Assert.Equal(ProblemCode.Stopping, script.One<Refuse>().Code);
    }
}

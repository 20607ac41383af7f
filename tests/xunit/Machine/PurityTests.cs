using Aeterna.Machine;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>A step depends on its state and its event, and on nothing that happened before on the same thread.</summary>
public class PurityTests
{
    [Fact]
    public void A_step_is_the_same_on_a_thread_that_has_done_others_and_on_a_new_one()
    {
        MachineEvent[] events =
        [
            new RollbackAsked(50, "tester"), new PromoteAsked(52, "tester"), new RoundPassed(2), new StopAsked(50, true), new ReloadAsked(51, false), new Gone(2, "", false),
            Script.Killed(1), Script.Killed(2),
        ];
        foreach (var state in Enum.GetValues<AttemptStep>().Where(step => step != AttemptStep.RollingBack).Select(step => Script.Reloading(step).State))
        {
            foreach (var happened in events)
            {
                EndInTheMiddle();
                var here = Text(ReloadMachine.Step(state, happened));
                var there = "";
                var other = new Thread(() => there = Text(ReloadMachine.Step(state, happened)));
                other.Start();
                other.Join();
                Assert.Equal(there, here);
            }
        }
    }

    /// <summary>A step whose action throws, from a state that cannot be.</summary>
    private static void EndInTheMiddle()
    {
        var broken = new MachineState
        {
            Lifetime = Lifetime.Going,
            Candidate = new Member(1, 5, null!),
            Attempt = new Attempt(1, AttemptKind.Start) { Step = AttemptStep.AwaitingReady },
        };
        Assert.Throws<NullReferenceException>(() => ReloadMachine.Step(broken, new Ready(1)));
    }

    private static string Text((MachineState State, IReadOnlyList<Effect> Effects) made) =>
        $"{made.State} {string.Join(' ', made.State.Leaving)} {string.Join(' ', made.State.Deferred)} {string.Join('\n', made.Effects)}";
}

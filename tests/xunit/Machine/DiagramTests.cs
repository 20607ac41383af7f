using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Tests.Support;
using Stateless.Graph;
using Stateless.Reflection;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>The table as the manual draws it. With AETERNA_WRITE_DOCS=1 in the environment the drawing is made anew.</summary>
public class DiagramTests
{
    [Fact]
    public void The_page_draws_the_table() => Docs.Compare("states.md", "states", $"```mermaid\n{Drawing()}```\n");

    [Fact]
    public void Each_step_is_below_one_word_of_the_status()
    {
        string[] words = [FsmState.PreChecking, FsmState.Starting, FsmState.Handshaking, FsmState.Soaking, FsmState.Draining];
        Assert.All(Enum.GetValues<AttemptStep>(), step => Assert.Contains(ReloadMachine.WordOf(step), words));
        Assert.Equal(words.Order(), Enum.GetValues<AttemptStep>().Select(ReloadMachine.WordOf).Distinct().Order());
    }

    [Fact]
    public void Each_step_can_be_reached_left_and_stopped()
    {
        var states = ReloadMachine.Describe().States.ToDictionary(state => state.UnderlyingState.ToString()!);
        var reached = states.Values.SelectMany(state => state.FixedTransitions).Select(to => to.DestinationState.UnderlyingState.ToString()).ToHashSet();
        Assert.All(Enum.GetNames<AttemptStep>(), step =>
        {
            Assert.Contains(step, reached);
            var ways = states[step].FixedTransitions.Concat(states[step].Superstate.FixedTransitions).ToList();
            Assert.Contains(ways, to => !to.IsInternalTransition && Name(to) != nameof(Trigger.StopAsked));
            Assert.Contains(ways, to => Name(to) == nameof(Trigger.StopAsked));
            Assert.Contains(ways, to => Name(to) == nameof(Trigger.ActiveDied) || step is nameof(AttemptStep.Holding));
        });
    }

    [Fact]
    public void Each_trigger_leads_somewhere()
    {
        var used = ReloadMachine.Describe().States.SelectMany(state => state.FixedTransitions).Select(Name).ToHashSet();
        Assert.All(Enum.GetNames<Trigger>(), trigger => Assert.Contains(trigger, used));
    }

    /// <summary>A guard that is not named would be drawn as what the compiler calls it.</summary>
    [Fact]
    public void Each_guard_has_a_name() => Assert.All(
        ReloadMachine.Describe().States.SelectMany(state => state.FixedTransitions).Where(to => !to.IsInternalTransition)
            .SelectMany(to => to.GuardConditionsMethodDescriptions),
        guard => Assert.Matches("^[a-z, ]+$", guard.Description));

    private static string Name(FixedTransitionInfo to) => to.Trigger.UnderlyingTrigger.ToString()!;

    private static string Drawing()
    {
        var graph = new StateGraph(ReloadMachine.Describe());
        return graph.ToGraph(new Style(graph)).ReplaceLineEndings("\n").Replace("\n\n", "\n", StringComparison.Ordinal) + "\n";
    }

    /// <summary>What happens on the way is code; the drawing shows the ways. What leads nowhere else is left out.</summary>
    private sealed class Style(StateGraph graph) : MermaidGraphStyle(graph, null)
    {
        public override List<string> FormatAllTransitions(List<Transition> transitions) =>
            base.FormatAllTransitions([.. transitions.Where(to => to is not StayTransition)]);

        public override string FormatOneTransition(
            string sourceNodeName, string trigger, IEnumerable<string> actions, string destinationNodeName, IEnumerable<string> guards) =>
            base.FormatOneTransition(sourceNodeName, trigger, [], destinationNodeName, guards);
    }
}

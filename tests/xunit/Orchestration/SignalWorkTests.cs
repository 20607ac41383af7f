using Aeterna.Contract;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Orchestration;

/// <summary>Signals that somebody wants the service to have.</summary>
public class SignalWorkTests
{
    [Theory]
    [InlineData("HUP", 1)]
    [InlineData("sigusr1", 10)]
    [InlineData("10", 10)]
    public async Task Goes_to_one_that_has_a_handler_for_it(string text, int number)
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Host[1].Caught.Add(number);
        var outcome = rig.Orchestrator.Signal(text, "tester");
        Assert.Equal([(1, "sent")], outcome.Report!.Generations.Select(generation => (generation.Generation, generation.Outcome)));
        Assert.Equal([number], rig.Host[1].Signals);
    }

    [Fact]
    public async Task Goes_also_to_one_that_is_held_still()
    {
        await using var rig = await new OrchestratorRig(OrchestratorRig.Runnable(
            with: p => OrchestratorRig.Immediate(p) with { Drain = p.Drain with { KeepWarm = TimeSpan.FromMinutes(5) } })).Running();
        rig.Host.Prepare = generation => generation.Caught.Add(1);
        rig.Host[1].Caught.Add(1);
        await rig.Finished(await rig.Reload());
        var outcome = rig.Orchestrator.Signal("HUP", "tester");
        Assert.Equal([(1, "waits"), (2, "sent")], outcome.Report!.Generations.Select(generation => (generation.Generation, generation.Outcome)));
        Assert.Equal([1], rig.Host[1].Signals);
        Assert.Equal([1], rig.Host[2].Signals);
    }

    [Theory]
    [InlineData("USR2", ProblemCode.SignalRefused, "has no handler for it")]
    [InlineData("KILL", ProblemCode.SignalRefused, "the engine's business")]
    [InlineData("SIGCONT", ProblemCode.SignalRefused, "the engine's business")]
    [InlineData("19", ProblemCode.SignalRefused, "the engine's business")]
    [InlineData("NONE", ProblemCode.BadRequest, "there is none of that name")]
    [InlineData("0", ProblemCode.BadRequest, "there is none of that name")]
    [InlineData("", ProblemCode.BadRequest, "there is none of that name")]
    public async Task Is_not_sent_where_it_would_end_the_process(string text, string code, string why)
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Host[1].Caught.Add(1);
        var refusal = rig.Orchestrator.Signal(text, "tester").Refusal!;
        Assert.Equal(code, refusal.Code);
        Assert.Contains(why, refusal.Detail, StringComparison.Ordinal);
        Assert.Empty(rig.Host[1].Signals);
    }

    [Fact]
    public async Task Nobody_there_is_said()
    {
        await using var rig = new OrchestratorRig();
        Assert.Equal(ProblemCode.NotServing, rig.Orchestrator.Signal("HUP", "tester").Refusal!.Code);
    }
}

using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Orchestration;

/// <summary>Everything that may break, hang or come at once under the driver.</summary>
public class OrchestratorFaultTests
{
    [Theory]
    [InlineData("host")]
    [InlineData("ready")]
    [InlineData("usage")]
    [InlineData("plan")]
    [InlineData("command")]
    [InlineData("listeners")]
    public async Task Whatever_breaks_costs_the_attempt_and_not_the_engine(string where)
    {
        await using var rig = await new OrchestratorRig().Running();
        var broken = new InvalidOperationException("boom");
        var good = rig.Next;
        rig.Next = OrchestratorRig.Runnable("b", p => OrchestratorRig.Soaking(p) with
        {
            PreFlight = [TestPlans.Hook("check")],
            Canary = new CanaryPlan { FdsLimit = 2 },
        });
        switch (where)
        {
            case "host": rig.Host.Prepare = _ => throw broken; break;
            case "ready": rig.Host.Prepare = generation => generation.Broken = broken; break;
            case "usage": rig.Host[1].Broken = broken; break;
            case "plan": rig.Read = () => throw broken; break;
            case "command": rig.Commands.Answer = (_, _) => throw broken; break;
            default: rig.Listeners.ConfigureFails = broken; break;
        }

        var outcome = await rig.Orchestrator.Reload(new ReloadRequest(), "tester").Bounded();
        var record = await rig.Finished("reload");
        Assert.Contains("boom", record.Message, StringComparison.Ordinal);
        Assert.Equal(where == "plan" ? ProblemCode.ConfigInvalid : null, outcome.Refusal?.Code);
        Assert.Equal(where is "plan" or "command" ? Verdict.Blocked : Verdict.RolledBack, record.Verdict);

        rig.Host.Prepare = _ => { };
        rig.Host[1].Broken = null;
        rig.Read = () => new PlanReading(good with { Orchestration = OrchestratorRig.Immediate(good.Orchestration) }, []);
        rig.Commands.Answer = (_, _) => Task.FromResult(FakeCommandRunner.Ok);
        rig.Listeners.ConfigureFails = null;
        Assert.Equal(Verdict.Succeeded, (await rig.Finished(await rig.Reload())).Verdict);
    }

    [Theory]
    [InlineData("ready")]
    [InlineData("usage")]
    public async Task What_breaks_once_while_something_is_looked_at_costs_nothing(string where)
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = OrchestratorRig.Runnable("b", p => OrchestratorRig.Soaking(p with { Canary = p.Canary with { FdsLimit = 2 } }));
        var broken = new InvalidOperationException("boom");
        if (where == "ready")
        {
            rig.Host.Prepare = generation => generation.BrokenOnce = broken;
        }
        else
        {
            rig.Host[1].BrokenOnce = broken;
        }

        var id = await rig.Reload();
        await rig.Time.Pass(TimeSpan.FromSeconds(5));
        await rig.Time.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(Verdict.Succeeded, (await rig.Finished(id)).Verdict);
        Assert.Null(rig.Host[1].BrokenOnce);
        Assert.Null(rig.Host[2].BrokenOnce);
    }

    [Fact]
    public async Task A_candidate_that_has_lost_what_it_had_bound_does_not_take_over()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Listeners.Hold(1, "tcp://127.0.0.1:514", "tcp://127.0.0.1:515", "tcp://127.0.0.1:516");
        rig.Host[1].Open = new HashSet<ulong> { 514, 515 };
        rig.Host.Prepare = generation =>
        {
            rig.Listeners.Hold(generation.Number, "tcp://127.0.0.1:514", "tcp://127.0.0.1:515", "tcp://127.0.0.1:516");
            generation.Open = new HashSet<ulong> { 514 };
        };
        rig.Next = OrchestratorRig.Runnable("b", OrchestratorRig.Immediate);
        var record = await rig.Finished(await rig.Reload());
        Assert.Equal(Verdict.RolledBack, record.Verdict);
        Assert.Contains("it has bound tcp://127.0.0.1:515 and does not serve it any more", record.Message, StringComparison.Ordinal);

        rig.Host.Prepare = generation => rig.Listeners.Hold(generation.Number, "tcp://127.0.0.1:514", "tcp://127.0.0.1:515", "tcp://127.0.0.1:516");
        Assert.Equal(Verdict.Succeeded, (await rig.Finished(await rig.Reload())).Verdict);
    }

    [Fact]
    public async Task A_start_that_is_refused_says_why_in_its_own_words()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Host.Prepare = _ => throw new StartException("cannot start /bin/sh: no such user (create it)");
        var record = await rig.Finished(await rig.Reload());
        Assert.Equal((Verdict.RolledBack, "cannot start /bin/sh: no such user (create it)"), (record.Verdict, record.Message));
    }

    [Fact]
    public async Task Hooks_that_hang_hold_up_neither_a_restart_nor_the_end()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Host.Prepare = generation => generation.SlowStart = true;
        rig.Next = OrchestratorRig.Runnable("b", p => p with { OnFailure = [TestPlans.Hook("bad")] });
        var (began, killed) = (new TaskCompletionSource(), new TaskCompletionSource());
        rig.Commands.Answer = async (_, cancel) =>
        {
            cancel.Register(killed.SetResult);
            began.SetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            return FakeCommandRunner.Ok;
        };
        var id = await rig.Reload();
        await rig.Journal.Wait(report => report is { Type: EventType.Process, Generation: 2 });
        rig.Host[1].Die(signal: 9);
        await rig.Journal.Wait(report => report is { Type: EventType.Process, Generation: 1 } && report.Message.EndsWith("while it served", StringComparison.Ordinal));
        rig.Host[2].SetReady("it will never be");
        Assert.Equal(Verdict.Failed, (await rig.Finished(id)).Verdict);
        await began.Task.Bounded();

        rig.Host.Prepare = _ => { };
        await rig.Time.Pass(TimeSpan.FromMilliseconds(100));
        Assert.Equal(Verdict.Succeeded, (await rig.Finished("restart")).Verdict);
        Assert.False(killed.Task.IsCompleted);
        await rig.Orchestrator.Stop(false, "tester").Bounded();
        Assert.Equal(0, await rig.Orchestrator.Completion.Bounded());
        await killed.Task.Bounded();
    }

    [Fact]
    public async Task Many_askers_at_once_get_one_answer_each_and_one_reload_runs()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Host.Prepare = generation => generation.SlowStart = true;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            Task.Run(() => rig.Orchestrator.Reload(new ReloadRequest(), $"asker {i}")))).Bounded();
        var taken = Assert.Single(outcomes, outcome => outcome.Refusal is null);
        Assert.All(outcomes.Where(outcome => outcome != taken), outcome => Assert.Equal(taken.Id, outcome.Refusal!.ReloadId));
    }
}

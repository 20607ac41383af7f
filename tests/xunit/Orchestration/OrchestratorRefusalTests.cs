using Aeterna.Contract;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Orchestration;

/// <summary>Reloads that are refused, blocked or rolled back.</summary>
public class OrchestratorRefusalTests
{
    [Fact]
    public async Task A_failing_pre_flight_blocks_and_force_passes_over_it()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = OrchestratorRig.Runnable("b", p => OrchestratorRig.Immediate(p) with { PreFlight = [TestPlans.Hook("check"), TestPlans.Hook("more")] });
        rig.Commands.Answer = (_, _) => Task.FromResult(FakeCommandRunner.Failed);
        var blocked = await rig.Finished(await rig.Reload());
        Assert.Equal((Verdict.Blocked, "pre_flight \"check\": exit code 1: last words"), (blocked.Verdict, blocked.Message));
        Assert.Single(rig.Commands.Ran);
        Assert.Single(rig.Host.Specs);

        var forced = await rig.Finished(await rig.Reload(force: true));
        Assert.Equal((Verdict.Succeeded, true), (forced.Verdict, forced.Forced));
        Assert.Contains("\"more\"", forced.Phases.Single(phase => phase.Name == "pre_flight").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_configuration_is_422_with_findings_and_a_blocked_record()
    {
        await using var rig = await new OrchestratorRig().Running();
        Finding[] findings = [new() { Severity = "error", File = "f.yaml", Line = 3, Column = 5, Code = "unknown_key", Message = "unknown key" }];
        rig.Read = () => new PlanReading(null, findings);
        var outcome = await rig.Orchestrator.Reload(new ReloadRequest { Force = true }, "tester").Bounded();
        Assert.Equal(ProblemCode.ConfigInvalid, outcome.Refusal!.Code);
        Assert.Same(findings, outcome.Refusal.Findings);
        var record = rig.Journal.Records()[0];
        Assert.Equal((Verdict.Blocked, "reload"), (record.Verdict, record.Kind));
        Assert.Contains("f.yaml:3:5: error: unknown key", record.Message, StringComparison.Ordinal);
        Assert.Equal(FsmState.Running, rig.Status.FsmState);

        rig.Read = () => new PlanReading(rig.Next with { Service = rig.Next.Service with { Name = "other" } }, []);
        outcome = await rig.Orchestrator.Reload(new ReloadRequest(), "tester").Bounded();
        Assert.Equal("name_changed", outcome.Refusal!.Findings!.Single().Code);
    }

    [Fact]
    public async Task A_reload_while_one_runs_is_409_with_its_id()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Host.Prepare = generation => generation.SlowStart = true;
        var id = await rig.Reload();
        var outcome = await rig.Orchestrator.Reload(new ReloadRequest(), "other").Bounded();
        Assert.Equal((ProblemCode.ReloadBusy, id), (outcome.Refusal!.Code, outcome.Refusal.ReloadId));
        Assert.Matches($@"^cannot reload: a reload is under way: {id}, asked for by tester \S+ ago \(aeterna watch \S+ shows it; ", outcome.Refusal.Detail);
    }

    [Fact]
    public async Task A_reload_that_is_queued_is_answered_at_once_and_has_its_record_later()
    {
        await using var rig = await new OrchestratorRig(OrchestratorRig.Runnable(with: OrchestratorRig.Immediate)).Running();
        rig.Host.Prepare = generation => generation.SlowStart = generation.Number == 2;
        var id = await rig.Reload();
        var first = await rig.Orchestrator.Reload(new ReloadRequest { Queue = true, Reason = "earlier" }, "one").Bounded();
        var last = await rig.Orchestrator.Reload(new ReloadRequest { Queue = true, Reason = "later" }, "two").Bounded();
        Assert.True(first.Queued && last.Queued);
        Assert.Equal(first.Id, last.Id);
        Assert.NotEqual(id, last.Id);
        Assert.Null(rig.Journal.Find(last.Id!));
        Assert.Equal(("two", "later", true), rig.Orchestrator.Queued(last.Id!) is { } waiting ? (waiting.RequestedBy, waiting.Reason, waiting.Queued) : default);
        Assert.Null(rig.Orchestrator.Queued(id));
        (await rig.Host.Asked(2)).SetReady("no");
        Assert.Equal(Verdict.RolledBack, (await rig.Finished(id)).Verdict);
        var record = await rig.Finished(last.Id!);
        Assert.Equal((Verdict.Succeeded, "two", "later", false), (record.Verdict, record.RequestedBy, record.Reason, record.Queued));
        Assert.Null(rig.Orchestrator.Queued(last.Id!));
    }

    [Fact]
    public async Task A_program_that_is_missing_blocks_with_a_sentence()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = rig.Next with { Service = rig.Next.Service with { Command = ["/nowhere/x"] } };
        var record = await rig.Finished(await rig.Reload());
        Assert.Equal(
            (Verdict.Blocked, "cannot start /nowhere/x: there is no such file (install it, or correct the path)"),
            (record.Verdict, record.Message));
    }

    [Fact]
    public async Task A_probe_that_fails_rolls_back()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = OrchestratorRig.Runnable("b", p => OrchestratorRig.Soaking(p) with
        {
            Canary = new CanaryPlan { HealthCheck = new HealthCheckPlan { Command = ["/bin/probe"] } },
        });
        rig.Commands.Answer = (_, _) => Task.FromResult(FakeCommandRunner.Failed);
        var record = await rig.Finished(await rig.Reload());
        Assert.Equal(Verdict.RolledBack, record.Verdict);
        Assert.Equal("generation 2 (pid 1002) failed its soak: command /bin/probe: exit code 1: last words", record.Message);
        Assert.False(record.Soak!.Probes.Single(probe => probe.Name == "command /bin/probe").Healthy);
        Assert.Contains("AETERNA_NEW_PID=1002", rig.Commands.Ran.Single().Environment);
        Assert.Empty(rig.Host[1].Signals);
        Assert.Equal([15], rig.Host[2].Signals);
        await rig.State(FsmState.Running, after: (int)(await rig.State(FsmState.Soaking)).Id);
        Assert.Equal((1001, 0), (rig.Status.CurrentPid, rig.Status.OldPid));
    }

    [Fact]
    public async Task A_limit_that_is_passed_rolls_back()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = OrchestratorRig.Runnable("b", p => OrchestratorRig.Soaking(p) with { Canary = new CanaryPlan { RssLimit = 2 } });
        rig.Host.Prepare = generation => generation.Uses = new(100 << 20, TimeSpan.Zero, 10, 1);
        var record = await rig.Finished(await rig.Reload());
        Assert.Equal("generation 2 (pid 1002) failed its soak: limit rss: 6.3x of 2x (100 MiB; active 1 MiB, counted as 16 MiB)", record.Message);
    }

    [Fact]
    public async Task A_rollback_in_the_soak_ends_it_and_abandons_its_work()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = OrchestratorRig.Runnable("b", OrchestratorRig.Soaking);
        var id = await rig.Reload();
        await rig.Journal.Wait(report => report.Type == EventType.Probe);
        Assert.Equal(id, (await rig.Orchestrator.Rollback("tester").Bounded()).Id);
        Assert.Equal(Verdict.RolledBack, (await rig.Finished(id)).Verdict);
        Assert.Equal(ProblemCode.NothingToUndo, (await rig.Orchestrator.Rollback("tester").Bounded()).Refusal!.Code);
    }

    [Fact]
    public async Task A_rollback_in_the_pre_flight_kills_its_command()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = OrchestratorRig.Runnable("b", p => p with { PreFlight = [TestPlans.Hook("check")] });
        var (began, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        rig.Commands.Answer = async (_, cancel) =>
        {
            cancel.Register(cancelled.SetResult);
            began.SetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            return FakeCommandRunner.Ok;
        };
        var id = await rig.Reload();
        await began.Task.Bounded();
        Assert.Equal(id, (await rig.Orchestrator.Rollback("tester").Bounded()).Id);
        await cancelled.Task.Bounded();
        Assert.Equal(Verdict.RolledBack, (await rig.Finished(id)).Verdict);
    }
}

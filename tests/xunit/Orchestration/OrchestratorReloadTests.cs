using System.Security.Cryptography;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Orchestration;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Orchestration;

public class OrchestratorReloadTests
{
    [Fact]
    public async Task A_first_start_serves_and_its_record_says_all()
    {
        await using var rig = await new OrchestratorRig().Running();
        var record = rig.Journal.Records()[0];
        Assert.Equal(("start", Verdict.Succeeded, "engine", "svc"), (record.Kind, record.Verdict, record.RequestedBy, record.Service));
        Assert.Equal((1, 1001, null), (record.NewGeneration, record.NewPid, record.OldPid));
        Assert.Equal(["/bin/sh", "a"], record.Command);
        Assert.Equal(("/bin/sh", "sha-a"), (record.BinaryPath, record.ConfigSha256));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync("/bin/sh"))), record.BinarySha256);
        Assert.Equal([("pre_flight", "ok"), ("start", "ok")], record.Phases.Select(phase => (phase.Name, phase.Outcome)));
        Assert.NotNull(record.FinishedAt);

        await rig.State(FsmState.Running);
        var status = rig.Status;
        Assert.Equal((FsmState.Running, 1001, 1), (status.FsmState, status.CurrentPid, status.Generation));
        Assert.Equal(("svc", "1.2.3", "/etc/aeterna.yaml"), (status.Service, status.EngineVersion, status.ConfigPath));
        Assert.Equal("active", Assert.Single(status.Generations).Role);
        Assert.Equal(["warning of sha-a"], status.Warnings);
        Assert.Equal("none", status.LastHandover.Status);
        rig.Time.Advance(TimeSpan.FromMinutes(48 * 60 + 20));
        Assert.Equal(("48h20m", 174_000.0), (rig.Status.Uptime, rig.Status.UptimeSeconds));
    }

    [Fact]
    public async Task A_good_reload_replaces_the_generation_after_its_soak()
    {
        await using var rig = await new OrchestratorRig(OrchestratorRig.Runnable("a", p => p with { Drain = new DrainPlan { Signal = 3 } }))
            .Running();
        rig.Next = OrchestratorRig.Runnable("b", OrchestratorRig.Soaking, listeners: "tcp://127.0.0.1:514");
        var id = await rig.Reload();
        await rig.State(FsmState.Soaking);
        await rig.Journal.Wait(report => report is { Type: EventType.Probe, Probe.Runs: 1 });
        Assert.Equal((FsmState.Soaking, 1001, 1002, id), (rig.Status.FsmState, rig.Status.CurrentPid, rig.Status.CandidatePid, rig.Status.ReloadId));
        Assert.Equal(["active", "candidate"], rig.Status.Generations.Select(generation => generation.Role));
        rig.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(6, rig.Status.Soak!.RemainingSeconds);
        Assert.Empty(rig.Host[1].Signals);
        await rig.Time.Pass(TimeSpan.FromSeconds(1));
        await rig.Journal.Wait(report => report is { Type: EventType.Probe, Probe.Runs: 2 });
        await rig.Time.Pass(TimeSpan.FromSeconds(5));

        var record = await rig.Finished(id);
        Assert.Equal(("reload", Verdict.Succeeded, "tester", "why"), (record.Kind, record.Verdict, record.RequestedBy, record.Reason));
        Assert.Equal((1001, 1002, 1, 2), (record.OldPid, record.NewPid, record.OldGeneration, record.NewGeneration));
        Assert.Equal("exit code 0", record.OldExit);
        Assert.Equal(10_000, record.DurationMs);
        Assert.Equal(
            [("configuration", "ok"), ("pre_flight", "ok"), ("start", "ok"), ("handoff", "skipped"), ("soak", "ok"), ("drain", "ok")],
            record.Phases.Select(phase => (phase.Name, phase.Outcome)));
        Assert.Equal(10_000, record.Phases[4].DurationMs);
        Assert.Equal(("none", "process"), (record.Handover!.Status, record.Soak!.Probes.Single().Name));
        Assert.Equal([3], rig.Host[1].Signals);
        Assert.True(rig.Host[1].Disposed);
        Assert.Equal(["configure", "configure", "release", "configure tcp://127.0.0.1:514", "forget 1", "configure tcp://127.0.0.1:514", "release"],
            rig.Listeners.Calls.Take(7));

        await rig.State(FsmState.Running, after: (int)(await rig.State(FsmState.Soaking)).Id);
        var status = rig.Status;
        Assert.Equal((1002, 1001, null, 10.0), (status.CurrentPid, status.OldPid, status.CandidatePid, status.UptimeSeconds));
        Assert.Equal(id, status.LastReload!.Id);
        Assert.NotNull(status.LastHandover.Timestamp);
        Assert.Equal(["warning of sha-b"], status.Warnings);
    }

    [Fact]
    public async Task The_record_is_saved_at_the_begin_at_each_phase_and_at_the_end()
    {
        await using var rig = await new OrchestratorRig().Running();
        var saves = rig.Journal.Saves;
        Assert.Equal([0, 1, 1, 2, 2, 2], saves.Select(record => record.Phases.Count));
        Assert.All(saves.SkipLast(1), record => Assert.Null(record.Verdict));
        Assert.Equal(Verdict.Succeeded, saves[^1].Verdict);
    }

    [Fact]
    public async Task Hooks_and_pre_flight_are_told_by_their_environment()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = OrchestratorRig.Runnable("b", p => OrchestratorRig.Immediate(TestPlans.Everything(p)) with { Startup = new() });
        rig.Commands.Answer = (words, _) => Task.FromResult(words[0] == "/bin/good" ? FakeCommandRunner.Failed : FakeCommandRunner.Ok);
        var id = await rig.Reload();
        var record = await rig.Finished(id);

        Assert.Equal(["/bin/check", "/bin/good"], rig.Commands.Ran.Select(ran => ran.Command));
        Assert.Equal(
            ["OWN=1", "AETERNA_SERVICE=svc", $"AETERNA_RELOAD_ID={id}", "AETERNA_GENERATION=2", "AETERNA_OLD_PID=1001", "AETERNA_NEW_PID="],
            rig.Commands.Ran.First().Environment);
        Assert.Equal(
            ["AETERNA_OLD_PID=1001", "AETERNA_NEW_PID=1002", "AETERNA_VERDICT=succeeded"], rig.Commands.Ran.Last().Environment.Skip(4));
        Assert.Equal(Verdict.Succeeded, record.Verdict);
        Assert.Equal(("failed", "\"good\": exit code 1: last words"), (record.Phases[^1].Outcome, record.Phases[^1].Detail));
    }

    [Fact]
    public async Task A_failing_pre_flight_blocks_and_force_passes_over_it()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = OrchestratorRig.Runnable("b", p => OrchestratorRig.Immediate(p) with { PreFlight = [TestPlans.Hook("check"), TestPlans.Hook("more")] });
        rig.Commands.Answer = (_, _) => Task.FromResult(FakeCommandRunner.Failed);
        var blocked = await rig.Finished(await rig.Reload());
        Assert.Equal((Verdict.Blocked, "pre-flight \"check\": exit code 1: last words"), (blocked.Verdict, blocked.Message));
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
        Assert.Equal((422, ProblemCode.ConfigInvalid), (outcome.Problem!.Status, outcome.Problem.Code));
        Assert.Same(findings, outcome.Problem.Findings);
        var record = rig.Journal.Records()[0];
        Assert.Equal((Verdict.Blocked, "reload"), (record.Verdict, record.Kind));
        Assert.Contains("f.yaml:3:5: error: unknown key", record.Message, StringComparison.Ordinal);
        Assert.Equal(FsmState.Running, rig.Status.FsmState);

        rig.Read = () => new PlanReading(rig.Next with { Service = rig.Next.Service with { Name = "other" } }, []);
        outcome = await rig.Orchestrator.Reload(new ReloadRequest(), "tester").Bounded();
        Assert.Equal("name_changed", outcome.Problem!.Findings!.Single().Code);
    }

    [Fact]
    public async Task A_reload_while_one_runs_is_409_with_its_id()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Host.Prepare = generation => generation.SlowStart = true;
        var id = await rig.Reload();
        var outcome = await rig.Orchestrator.Reload(new ReloadRequest(), "other").Bounded();
        Assert.Equal((409, ProblemCode.ReloadBusy, id), (outcome.Problem!.Status, outcome.Problem.Code, outcome.Problem.ReloadId));
    }

    [Fact]
    public async Task A_program_that_is_missing_blocks_with_a_sentence()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = rig.Next with { Service = rig.Next.Service with { Command = ["/nowhere/x"] } };
        var record = await rig.Finished(await rig.Reload());
        Assert.Equal(
            (Verdict.Blocked, "cannot start /nowhere/x: no such file (install the program or correct the path)"),
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
        Assert.Equal((1001, null), (rig.Status.CurrentPid, rig.Status.OldPid));
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
        Assert.Equal(ProblemCode.NothingToUndo, (await rig.Orchestrator.Rollback("tester").Bounded()).Problem!.Code);
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

    [Fact]
    public async Task A_generation_that_does_not_end_is_killed_after_the_drain_timeout()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Host[1].Stubborn = true;
        rig.Next = OrchestratorRig.Runnable(
            "b", p => OrchestratorRig.Immediate(p) with { Drain = new DrainPlan { Timeout = TimeSpan.FromSeconds(20) } });
        var id = await rig.Reload();
        await rig.Time.Pass(TimeSpan.FromSeconds(20));
        var record = await rig.Finished(id);
        Assert.Equal((Verdict.Succeeded, "killed by SIGKILL after drain.timeout 20s"), (record.Verdict, record.OldExit));
        Assert.Equal([15, 9], rig.Host[1].Signals);
    }

    [Fact]
    public async Task What_the_active_one_holds_must_be_bound_except_what_was_dropped()
    {
        await using var rig = await new OrchestratorRig(OrchestratorRig.Runnable("a", listeners: ["tcp://127.0.0.1:1", "tcp://127.0.0.1:2"]))
            .Running();
        Assert.Equal(2, rig.Host[1].Requirement!.MustBind.Count);
        rig.Listeners.Hold(1, "tcp://127.0.0.1:1", "tcp://127.0.0.1:2", "udp://127.0.0.1:3");
        rig.Host[1].NotifiedReady = true;
        rig.Next = OrchestratorRig.Runnable("b", OrchestratorRig.Immediate, listeners: ["tcp://127.0.0.1:2", "tcp://127.0.0.1:4"]);
        await rig.Finished(await rig.Reload());
        var requirement = rig.Host[2].Requirement!;
        Assert.Equal(
            ["tcp://127.0.0.1:2", "tcp://127.0.0.1:4", "udp://127.0.0.1:3"], requirement.MustBind.Select(a => a.ToString()).Order());
        Assert.True(requirement.MustNotify);
    }
}

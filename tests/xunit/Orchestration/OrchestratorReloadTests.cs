using System.Security.Cryptography;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Machine.Plans;
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
    public async Task One_that_somebody_has_stopped_is_let_go_on_before_it_is_told_to_end()
    {
        await using var rig = await new OrchestratorRig(OrchestratorRig.Runnable("a", OrchestratorRig.Immediate)).Running();
        await rig.Finished(await rig.Reload());
        Assert.True(rig.Host[1].WasContinuedFirst);
        Assert.Equal([Signals.SIGTERM], rig.Host[1].Signals);
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
        await rig.Time.WaitForTimer(TimeSpan.FromSeconds(5));
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
        Assert.Equal("none", record.Handover!.Status);
        Assert.Equal(["process", "input", "connections", "listening"], record.Soak!.Probes.Select(probe => probe.Name));
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
        Assert.True(requirement.ExpectsNotify);
    }
}

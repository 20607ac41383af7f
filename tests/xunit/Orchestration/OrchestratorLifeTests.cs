using Aeterna.Contract;
using Aeterna.Listeners;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Orchestration;

/// <summary>Deaths, restarts and stops.</summary>
public class OrchestratorLifeTests
{
    [Fact]
    public async Task Whoever_the_main_process_has_left_its_work_to_is_what_status_and_record_say()
    {
        await using var rig = await new OrchestratorRig(OrchestratorRig.Runnable(with: OrchestratorRig.Immediate)).Running();
        rig.Host[1].Move(77);
        await rig.Journal.Wait(report => report is { Generation: 1, Pid: 77 });
        Assert.Equal((77, 77), (rig.Status.CurrentPid, rig.Status.Generations.Single().Pid));
        Assert.Equal(77, (await rig.Finished(await rig.Reload())).OldPid);
    }

    [Fact]
    public async Task One_that_dies_comes_back_with_its_sockets_and_the_record_says_why()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Listeners.Hold(1, "tcp://127.0.0.1:5");
        var releases = rig.Listeners.Calls.Count(call => call == "release");
        rig.Host[1].Die(signal: 9);
        var pending = await rig.State(FsmState.Pending);
        await rig.Journal.Wait(report => report.Type == EventType.Process && report.Message.StartsWith("generation 1 is gone", StringComparison.Ordinal));
        Assert.Equal((0, "0s", 1), (rig.Status.CurrentPid, rig.Status.Uptime, rig.Status.Restarts));
        Assert.Contains("forget 1", rig.Listeners.Calls);
        Assert.Equal(releases, rig.Listeners.Calls.Count(call => call == "release"));

        await rig.Time.Pass(TimeSpan.FromMilliseconds(100));
        var record = await rig.Finished("restart");
        Assert.Equal((Verdict.Succeeded, "engine", 1001, 1002), (record.Verdict, record.RequestedBy, record.OldPid, record.NewPid));
        Assert.Equal("killed by signal 9 (SIGKILL)", record.OldExit);
        // What the dead one held is not demanded: nobody serves, and its configuration may have changed meanwhile.
        Assert.Empty(rig.Host[2].Requirement!.MustBind);
        await rig.State(FsmState.Running, after: (int)pending.Id);
        Assert.Equal(1002, rig.Status.CurrentPid);
    }

    [Fact]
    public async Task A_candidate_takes_over_when_the_active_one_dies_in_the_soak()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Time.Advance(TimeSpan.FromSeconds(7));
        rig.Next = OrchestratorRig.Runnable("b", OrchestratorRig.Soaking);
        var id = await rig.Reload();
        await rig.Journal.Wait(report => report.Type == EventType.Probe);
        rig.Host[1].Die(signal: 9);
        var record = await rig.Finished(id);
        Assert.Equal(Verdict.Succeeded, record.Verdict);
        Assert.Equal("killed by signal 9 (SIGKILL)", record.OldExit);
        Assert.Equal((1002, 7.0), (rig.Status.CurrentPid, rig.Status.UptimeSeconds));
    }

    [Fact]
    public async Task A_candidate_that_dies_in_the_soak_is_rolled_back()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = OrchestratorRig.Runnable("b", OrchestratorRig.Soaking);
        var id = await rig.Reload();
        await rig.Journal.Wait(report => report.Type == EventType.Probe);
        rig.Host[2].Die(code: 1);
        var record = await rig.Finished(id);
        Assert.Equal(
            (Verdict.RolledBack, "generation 2 (pid 1002) ended with exit code 1 during its soak"), (record.Verdict, record.Message));
        Assert.NotNull(record.Soak);
        Assert.Equal(1001, rig.Status.CurrentPid);
    }

    [Fact]
    public async Task A_service_that_is_given_up_keeps_the_engine_and_a_reload_repairs_it()
    {
        await using var rig = await new OrchestratorRig(OrchestratorRig.Runnable(restart: new RestartPlan { Policy = RestartPolicy.Never })).Running();
        rig.Host[1].Die();
        var record = await rig.Finished("restart");
        Assert.Equal(Verdict.Failed, record.Verdict);
        await rig.State(FsmState.Failed);
        Assert.False(rig.Orchestrator.Completion.IsCompleted);
        Assert.Equal(Verdict.Succeeded, (await rig.Finished(await rig.Reload())).Verdict);
        Assert.Equal(1002, rig.Status.CurrentPid);
    }

    [Fact]
    public async Task A_first_start_that_fails_ends_the_engine_with_1()
    {
        await using var rig = new OrchestratorRig();
        rig.Listeners.ConfigureFails = new ListenerException("cannot bind tcp://0.0.0.0:514: in use (stop the other)");
        rig.Orchestrator.Start();
        Assert.Equal(1, await rig.Orchestrator.Completion.Bounded());
        var record = rig.Journal.Records()[0];
        Assert.Equal((Verdict.Failed, "cannot bind tcp://0.0.0.0:514: in use (stop the other)"), (record.Verdict, record.Message));
        Assert.Equal(FsmState.Failed, rig.Status.FsmState);
    }

    [Fact]
    public async Task A_stop_drains_and_everything_after_it_is_refused()
    {
        await using var rig = await new OrchestratorRig().Running();
        Assert.Equal(new RequestOutcome(null, null), await rig.Orchestrator.Stop(false, "tester").Bounded());
        Assert.Equal(0, await rig.Orchestrator.Completion.Bounded());
        Assert.Equal([15], rig.Host[1].Signals);
        Assert.True(rig.Host[1].Disposed);
        Assert.Equal((FsmState.Stopped, 0), (rig.Status.FsmState, rig.Status.CurrentPid));
        Assert.Equal(ProblemCode.Stopping, (await rig.Orchestrator.Reload(new(), "late").Bounded()).Refusal!.Code);
        Assert.Equal(ProblemCode.Stopping, (await rig.Orchestrator.Rollback("late").Bounded()).Refusal!.Code);
        Assert.Null((await rig.Orchestrator.Stop(true, "late").Bounded()).Refusal);
    }

    [Fact]
    public async Task A_second_stop_kills_and_a_drain_that_lasts_too_long_is_killed()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Host[1].Stubborn = true;
        await rig.Orchestrator.Stop(false, "tester").Bounded();
        await rig.Time.WaitForTimer(TimeSpan.FromSeconds(30));
        Assert.Equal(FsmState.Draining, rig.Status.FsmState);
        await rig.Orchestrator.Stop(false, "tester").Bounded();
        Assert.Equal(0, await rig.Orchestrator.Completion.Bounded());
        Assert.Equal([15, 9], rig.Host[1].Signals);

        await using var other = await new OrchestratorRig().Running();
        other.Host[1].Stubborn = true;
        await other.Orchestrator.Stop(false, "tester").Bounded();
        await other.Time.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(0, await other.Orchestrator.Completion.Bounded());
    }

    [Fact]
    public async Task A_stop_in_the_soak_ends_both_and_closes_the_record()
    {
        await using var rig = await new OrchestratorRig().Running();
        rig.Next = OrchestratorRig.Runnable("b", OrchestratorRig.Soaking);
        var id = await rig.Reload();
        await rig.Journal.Wait(report => report.Type == EventType.Probe);
        await rig.Orchestrator.Stop(false, "tester").Bounded();
        Assert.Equal(0, await rig.Orchestrator.Completion.Bounded());
        Assert.Equal(Verdict.Failed, rig.Journal.Find(id)!.Verdict);
        Assert.Equal([15], rig.Host[1].Signals);
        Assert.Equal([15], rig.Host[2].Signals);
    }
}

using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Orchestration;

/// <summary>Traffic through the whole orchestrator: what is asked of the inputs and the generations in what order, and what the record says.</summary>
public class OrchestratorTrafficTests
{
    [Fact]
    public async Task An_exclusive_reload_switches_soaks_and_drains_the_parked_one()
    {
        await using var rig = await Running(Exclusive);
        Assert.Equal(["prepare 1", "direct 1"], rig.Traffic.Taken());
        var record = await rig.Finished(await rig.Reload());
        Assert.Equal(
            ["prepare 2", "freeze 2", "direct 2", "freeze 1", "thaw 2", "signal 15 to 1", "leave 1", "thaw 1", "leave 1"], rig.Traffic.Taken());
        Assert.Equal((Verdict.Succeeded, "exclusive", "canary.traffic says so"), (record.Verdict, record.Traffic, record.TrafficReason));
        Assert.Equal(["configuration", "pre_flight", "start", "handoff", "switch", "soak", "drain"], record.Phases.Select(phase => phase.Name));
        Assert.NotNull(record.PausedMs);
        Assert.Equal(0, record.FramesMoved);
        Assert.Equal(("exclusive", "canary.traffic says so"), (rig.Status.Traffic, rig.Status.TrafficReason));
    }

    [Fact]
    public async Task One_that_does_not_come_to_rest_in_time_is_recalled_and_serves_on()
    {
        await using var rig = await Running(Exclusive);
        rig.Traffic.Taken();
        rig.Traffic.Unread = 5;
        rig.Traffic.Read = generation => generation != 1;
        rig.Traffic.Directing = route =>
        {
            if (route.Main == 2)
            {
                rig.Time.Advance(TimeSpan.FromSeconds(2));
            }
        };

        // The clock stands still until somebody moves it; it must have been read before.
        var id = await rig.Reload();
        await Waiting.Until(() => rig.Traffic.Route.Main == 2 || rig.Journal.Find(id)?.Verdict is not null);
        while (rig.Journal.Find(id)?.Verdict is null)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        var record = await rig.Finished(id);
        Assert.Equal(
            (Verdict.RolledBack, "recalled: generation 1 did not come to rest within switch_timeout of 2s: it had not read all that it was given (force the reload to switch all the same)", 5),
            (record.Verdict, record.Message, record.FramesMoved));
        Assert.Equal("killed by signal 9 (SIGKILL)", (await rig.Host[2].Exited).ToString());
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "direct 1 back 2", "kill 2", "leave 2"], rig.Traffic.Taken());
        Assert.Equal(1001, rig.Status.CurrentPid);
        Assert.False(rig.Host[1].IsFrozen);
    }

    [Fact]
    public async Task A_rollback_during_the_switch_recalls_it()
    {
        await using var rig = await Running(Exclusive);
        rig.Traffic.Read = generation => generation != 1;
        var flipped = new TaskCompletionSource();
        rig.Traffic.Directing = route => _ = route.Main == 2 && flipped.TrySetResult();
        var id = await rig.Reload();
        await flipped.Task.Bounded();
        Assert.Equal(id, (await rig.Orchestrator.Rollback("tester").Bounded()).Id);
        var record = await rig.Finished(id);
        Assert.Equal((Verdict.RolledBack, "on request of tester"), (record.Verdict, record.Message));
    }

    [Fact]
    public async Task A_stop_during_the_switch_ends_it_first()
    {
        await using var rig = await Running(Exclusive);
        rig.Traffic.Read = generation => generation != 1 || rig.Host[1].Exited.IsCompleted;
        var flipped = new TaskCompletionSource();
        rig.Traffic.Directing = route => _ = route.Main == 2 && flipped.TrySetResult();
        await rig.Reload();
        await flipped.Task.Bounded();
        rig.Traffic.Directing = route => rig.Traffic.Read = _ => true;
        await rig.Orchestrator.Stop(false, "tester").Bounded();
        Assert.Equal(0, await rig.Orchestrator.Completion.Bounded());
        Assert.All([rig.Host[1], rig.Host[2]], generation => Assert.True(generation.Disposed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_death_in_the_exclusive_soak_leaves_the_other_with_everything(int dead)
    {
        await using var rig = await Running(p => OrchestratorRig.Soaking(p) with
        {
            Strategy = Strategy.Canary,
            Canary = p.Canary with { Traffic = Traffic.Exclusive },
        });
        var id = await rig.Reload();
        await rig.Journal.Wait(report => report is { Type: EventType.Phase, Message: "soak began" });
        rig.Traffic.Taken();
        rig.Traffic.Unread = 7;
        Assert.True(rig.Host[1].IsFrozen);
        rig.Host[dead].Die(signal: 9);
        var record = await rig.Finished(id);
        await Waiting.Until(() => rig.Host[dead].Disposed);
        Assert.Equal(dead == 1 ? Verdict.Succeeded : Verdict.RolledBack, record.Verdict);
        Assert.Equal(dead == 1 ? ["leave 1"] : ["prepare 1", "direct 1 back 2", "thaw 1", "leave 2"], rig.Traffic.Taken());
        Assert.Equal(dead == 1 ? 1002 : 1001, rig.Status.CurrentPid);
        Assert.Equal(dead == 1 ? 0 : 7, record.FramesMoved);
        Assert.False(rig.Host[3 - dead].IsFrozen);
    }

    [Fact]
    public async Task A_cpu_limit_compares_with_what_the_parked_one_used_before()
    {
        await using var rig = await Running(p => p with
        {
            Strategy = Strategy.Canary,
            Canary = p.Canary with { Traffic = Traffic.Exclusive, SoakTime = TimeSpan.FromSeconds(10), CpuLimit = 2 },
        });
        // 40% of a processor so far, in the time since its start at 9:00.
        var age = rig.Time.GetUtcNow() - rig.Host[1].StartedAt;
        rig.Host[1].Uses = new ResourceUsage(1 << 20, age * 0.4, 10, 1);
        var ran = TimeSpan.Zero;
        rig.Host.Prepare = generation => generation.Uses = new ResourceUsage(1 << 20, ran, 10, 1);
        var id = await rig.Reload();
        await rig.Journal.Wait(report => report is { Type: EventType.Phase, Message: "soak began" });
        await rig.Time.WaitForTimer(TimeSpan.FromSeconds(5));
        rig.Host[2].Uses = new ResourceUsage(1 << 20, TimeSpan.FromSeconds(3), 10, 1);
        await rig.Time.Pass(TimeSpan.FromSeconds(5));
        await rig.Time.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(Verdict.Succeeded, (await rig.Finished(id)).Verdict);
    }

    [Fact]
    public async Task The_undo_window_keeps_the_old_one_and_a_rollback_is_a_record_of_its_own()
    {
        await using var rig = await Running(p => Exclusive(p) with { Drain = new DrainPlan { KeepWarm = TimeSpan.FromMinutes(5) } });
        await rig.Finished(await rig.Reload());
        Assert.Equal(["parked", "active"], rig.Status.Generations.Select(generation => generation.Role));
        Assert.True(rig.Host[1].IsFrozen);
        rig.Traffic.Taken();
        var id = (await rig.Orchestrator.Rollback("tester").Bounded()).Id!;
        var record = await rig.Finished(id);
        Assert.Equal(("rollback", Verdict.Succeeded, "tester"), (record.Kind, record.Verdict, record.RequestedBy));
        Assert.Equal((1002, 1001, 2, 1), (record.OldPid, record.NewPid, record.OldGeneration, record.NewGeneration));
        Assert.Equal(["switch", "drain"], record.Phases.Select(phase => phase.Name));
        Assert.NotNull(record.PausedMs);
        Assert.Equal(["prepare 1", "direct 1", "freeze 2", "thaw 1", "signal 15 to 2", "leave 2", "thaw 2", "leave 2"], rig.Traffic.Taken());
        Assert.Equal((1001, FsmState.Running), (rig.Status.CurrentPid, rig.Status.FsmState));
    }

    [Fact]
    public async Task It_comes_by_itself_when_the_new_one_dies_and_ends_by_the_clock()
    {
        var plan = new Func<OrchestrationPlan, OrchestrationPlan>(p => Exclusive(p) with { Drain = new DrainPlan { KeepWarm = TimeSpan.FromMinutes(5) } });
        await using (var rig = await Running(plan))
        {
            await rig.Finished(await rig.Reload());
            rig.Host[2].Die(signal: 9);
            var record = await rig.Finished("rollback");
            Assert.Equal(("engine", "generation 2 (pid 1002) was killed by signal 9 (SIGKILL)", Verdict.Succeeded), (record.RequestedBy, record.Reason, record.Verdict));
            Assert.Equal((1001, 1), (rig.Status.CurrentPid, rig.Status.Restarts));
        }

        await using (var rig = await Running(plan))
        {
            await rig.Finished(await rig.Reload());
            await rig.Time.Pass(TimeSpan.FromMinutes(5));
            await Waiting.Until(() => rig.Host[1].Disposed);
            Assert.Equal([15], rig.Host[1].Signals);
            Assert.Equal(ProblemCode.NothingToUndo, (await rig.Orchestrator.Rollback("tester").Bounded()).Refusal!.Code);
        }
    }

    [Fact]
    public async Task A_split_soak_has_its_weight_and_the_old_one_finishes_before_its_signal()
    {
        await using var rig = await Running(p => OrchestratorRig.Soaking(p) with { Canary = p.Canary with { SoakTime = TimeSpan.Zero, Weight = 10 } });
        rig.Traffic.Taken();
        var looks = 0;
        rig.Traffic.Read = generation =>
        {
            rig.Traffic.Say($"look at {generation}");
            return ++looks > 3;
        };
        var record = await rig.Finished(await rig.Reload());
        var calls = rig.Traffic.Taken();
        Assert.Equal(["prepare 2", "direct 1+2 10%", "direct 2", "signal 15 to 1", "leave 1", "leave 1"], calls.Where(call => !call.StartsWith("look", StringComparison.Ordinal)));
        Assert.InRange(calls.ToList().IndexOf("look at 1"), calls.ToList().IndexOf("direct 2"), calls.ToList().IndexOf("signal 15 to 1"));
        Assert.Equal(("split", "no file is written by both generations"), (record.Traffic, record.TrafficReason));
    }

    [Fact]
    public async Task Programs_that_write_the_same_file_are_switched_exclusively()
    {
        await using var rig = new OrchestratorRig(OrchestratorRig.Runnable("a", OrchestratorRig.Immediate), directed: true);
        rig.Host.Prepare = generation => generation.Files.Add("/var/log/x.log");
        await rig.Running();
        var record = await rig.Finished(await rig.Reload());
        Assert.Equal(("exclusive", "both generations have /var/log/x.log open for writing"), (record.Traffic, record.TrafficReason));
    }

    [Fact]
    public async Task Sequential_holds_the_inputs_from_the_end_of_one_to_the_readiness_of_the_next()
    {
        await using var rig = await Running(p => OrchestratorRig.Immediate(p) with { Canary = p.Canary with { Traffic = Traffic.Sequential } });
        rig.Traffic.Taken();
        rig.Host.Prepare = generation =>
        {
            generation.Say = rig.Traffic.Say;
            generation.Say($"start {generation.Number}");
        };
        var record = await rig.Finished(await rig.Reload());
        Assert.Equal(["direct held", "signal 15 to 1", "leave 1", "leave 1", "start 2", "prepare 2", "direct 2"], rig.Traffic.Taken());
        Assert.Equal((Verdict.Succeeded, "sequential", "exit code 0"), (record.Verdict, record.Traffic, record.OldExit));
        Assert.NotNull(record.PausedMs);
        Assert.Equal(["configuration", "pre_flight", "drain", "start", "soak"], record.Phases.Select(phase => phase.Name));
    }

    [Fact]
    public async Task A_sequential_candidate_must_bind_what_the_one_before_it_held_and_the_old_command_need_not()
    {
        await using var rig = await Running(p => OrchestratorRig.Immediate(p) with { Canary = p.Canary with { Traffic = Traffic.Sequential } });
        rig.Listeners.Hold(1, "tcp://127.0.0.1:5");
        rig.Host.Prepare = generation => generation.SlowStart = generation.Number == 2;
        var id = await rig.Reload();
        var second = await rig.Host.Asked(2);
        Assert.Equal("tcp://127.0.0.1:5", Assert.Single(second.Requirement!.MustBind).ToString());
        second.SetReady("tcp://127.0.0.1:5 is not bound");
        Assert.Equal(Verdict.RolledBack, (await rig.Finished(id)).Verdict);
        Assert.Empty(rig.Host[3].Requirement!.MustBind);
    }

    [Fact]
    public async Task What_is_left_of_a_dead_generation_is_killed_before_anything_is_taken_back_from_it()
    {
        await using var rig = await Running(p => p);
        rig.Traffic.Taken();
        rig.Host[1].LoseMain();
        await rig.Time.Pass(TimeSpan.FromMilliseconds(100));
        await rig.Finished("restart");
        Assert.Equal(["kill 1", "direct held back 1"], rig.Traffic.Taken().Take(2));
    }

    [Fact]
    public async Task Sequential_comes_back_with_the_old_command_when_the_new_one_is_no_good()
    {
        await using var rig = await Running(p => OrchestratorRig.Immediate(p) with { Canary = p.Canary with { Traffic = Traffic.Sequential } });
        rig.Traffic.Taken();
        rig.Next = OrchestratorRig.Runnable("b", rig.Next.Orchestration is var o ? _ => o : null);
        rig.Host.Prepare = generation =>
        {
            generation.Say = rig.Traffic.Say;
            generation.SlowStart = generation.Number == 2;
        };
        var id = await rig.Reload();
        await rig.Journal.Wait(report => report is { Type: EventType.Process, Generation: 2 });
        rig.Host[2].SetReady("startup.timeout of 30s is over");
        var record = await rig.Finished(id);
        Assert.Equal(
            (Verdict.RolledBack, "generation 2 (pid 1002) is not ready: startup.timeout of 30s is over; the old command was started again, and generation 3 (pid 1003) serves"),
            (record.Verdict, record.Message));
        Assert.Equal(["/bin/sh", "a"], rig.Host.Specs.Last().Service.Command);
        Assert.Equal(["direct held", "signal 15 to 1", "leave 1", "leave 1", "signal 15 to 2", "leave 2", "leave 2", "prepare 3", "direct 3"], rig.Traffic.Taken());
        Assert.Equal(1003, rig.Status.CurrentPid);
    }

    [Fact]
    public async Task A_death_holds_the_inputs_and_the_restart_gets_what_was_not_read()
    {
        await using var rig = await Running(p => p);
        rig.Traffic.Taken();
        rig.Traffic.Unread = 4;
        rig.Host[1].Die(signal: 9);
        await rig.Time.Pass(TimeSpan.FromMilliseconds(100));
        var record = await rig.Finished("restart");
        await Waiting.Until(() => rig.Traffic.Calls.Contains("leave 1")); // When the last process is gone; nothing waits for that.
        var calls = rig.Traffic.Taken();
        Assert.Equal(["direct held back 1", "prepare 2", "direct 2"], calls.Where(call => call != "leave 1"));
        Assert.Single(calls, "leave 1");
        Assert.Equal((4, 100.0), (record.FramesMoved, record.PausedMs));
    }

    private static OrchestrationPlan Exclusive(OrchestrationPlan plan) =>
        OrchestratorRig.Immediate(plan) with { Canary = plan.Canary with { Traffic = Traffic.Exclusive } };

    private static Task<OrchestratorRig> Running(Func<OrchestrationPlan, OrchestrationPlan> with) =>
        new OrchestratorRig(OrchestratorRig.Runnable("a", with), directed: true).Running();
}

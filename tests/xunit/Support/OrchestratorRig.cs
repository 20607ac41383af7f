using Aeterna.Contract;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Aeterna.Tests.Support;

/// <summary>A real orchestrator in a room of fakes, with a clock of its own.</summary>
internal sealed class OrchestratorRig : IAsyncDisposable
{
    public OrchestratorRig(Plan? plan = null, bool directed = false)
    {
        Traffic = new FakeTraffic { IsDirected = directed };
        Host.Prepare = generation => generation.Say = Traffic.Say;
        Next = plan ?? Runnable();
        Read = () => new PlanReading(Next, []);
        Orchestrator = new Orchestrator(new OrchestratorOptions
        {
            FirstPlan = Next,
            ReadPlan = () => Read(),
            Host = Host,
            Commands = Commands,
            Listeners = Listeners,
            Traffic = Traffic,
            Journal = Journal,
            Logger = NullLogger.Instance,
            EngineVersion = "1.2.3",
            Time = Time,
            Warnings = served => [$"warning of {served.SourceSha256}"],
        });
    }

    public ManualTime Time { get; } = new();

    public FakeGenerationHost Host { get; } = new();

    public FakeTraffic Traffic { get; }

    public FakeCommandRunner Commands { get; } = new();

    public FakeListenerTable Listeners { get; } = new();

    public MemoryJournal Journal { get; } = new();

    public Orchestrator Orchestrator { get; }

    /// <summary>What a reload reads.</summary>
    public Plan Next { get; set; }

    public Func<PlanReading> Read { get; set; }

    public StatusReport Status => Orchestrator.Status();

    /// <summary>A plan whose program exists.</summary>
    public static Plan Runnable(
        string name = "a", Func<OrchestrationPlan, OrchestrationPlan>? with = null, RestartPlan? restart = null, params string[] listeners)
    {
        var plan = TestPlans.Of(name, with, restart);
        return plan with
        {
            Service = plan.Service with
            {
                Command = ["/bin/sh", name],
                Env = ["OWN=1"],
                Listeners = [.. listeners.Select(FakeListenerTable.Listener)],
            },
        };
    }

    /// <summary>A soak of 10 s without a health check: rounds at 0 and 5 s.</summary>
    public static OrchestrationPlan Soaking(OrchestrationPlan plan) => plan with
    {
        Canary = plan.Canary with { SoakTime = TimeSpan.FromSeconds(10) },
    };

    /// <summary>No soak but one look.</summary>
    public static OrchestrationPlan Immediate(OrchestrationPlan plan) => plan with { Strategy = Strategy.Immediate };

    /// <summary>Starts, and waits until generation 1 serves.</summary>
    public async Task<OrchestratorRig> Running()
    {
        Orchestrator.Start();
        Assert.Equal(Verdict.Succeeded, (await Finished("start")).Verdict);
        return this;
    }

    public async Task<string> Reload(bool force = false)
    {
        var outcome = await Orchestrator.Reload(new ReloadRequest { Reason = "why", Force = force }, "tester").Bounded();
        Assert.Null(outcome.Refusal);
        return outcome.Id!;
    }

    /// <summary>The record of a kind, or with an id, once it is closed.</summary>
    public async Task<ReloadRecord> Finished(string kindOrId)
    {
        var finished = await Journal.Wait(report =>
            report.Type == EventType.Finished && (report.Record!.Kind == kindOrId || report.Record.Id == kindOrId));
        return finished.Record!;
    }

    public Task<EventReport> State(string state, int after = 0) =>
        Journal.Wait(report => report.Type == EventType.State && report.FsmState == state && report.Id > after);

    public async ValueTask DisposeAsync() => await Orchestrator.DisposeAsync().AsTask().Bounded();
}

/// <summary>Generous limits for what must come.</summary>
internal static class Bounds
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    public static Task<T> Bounded<T>(this Task<T> task) => task.WaitAsync(_limit);

    public static Task Bounded(this Task task) => task.WaitAsync(_limit);
}

using System.Collections.Concurrent;
using Aeterna.Contract;
using Aeterna.Orchestration;
using Aeterna.Telemetry;

namespace Aeterna.Tests.Support;

/// <summary>Answers as it is told to, and notes what it was asked: afterwards, so that whoever waits for the note finds it done.</summary>
internal sealed class FakeOrchestrator(IEngineJournal journal) : IOrchestrator
{
    private readonly TaskCompletionSource<int> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile StatusReport _status = Samples.Status();

    public ConcurrentQueue<(string Call, string By)> Calls { get; } = new();

    public Func<StatusReport>? OnStatus { get; set; }

    public Func<ReloadRequest, RequestOutcome> OnReload { get; set; } = _ => new RequestOutcome("r1", null);

    public Func<RequestOutcome> OnRollback { get; set; } = () => new RequestOutcome("r1", null);

    public Func<RequestOutcome> OnPromote { get; set; } = () => new RequestOutcome("r1", null);

    public Func<RequestOutcome> OnUpgrade { get; set; } = () =>
        new RequestOutcome("u1", null) { Upgrade = new UpgradeAccepted { Id = "u1", From = "0.1.0", To = "0.2.0" } };

    public Func<bool, RequestOutcome> OnStop { get; set; } = _ => new RequestOutcome("s1", null);

    public StatusReport Now
    {
        get => _status;
        set => _status = value;
    }

    public Task<int> Completion => _completion.Task;

    public static RequestOutcome Refused(string code, string detail) => new(null, new Refusal(code, detail));

    public StatusReport Status() => OnStatus?.Invoke() ?? _status;

    public ReloadRecord? Waits { get; set; }

    public ReloadRecord? Queued(string id) => Waits?.Id == id ? Waits : null;

    public Task<RequestOutcome> Reload(ReloadRequest request, string requestedBy)
    {
        var outcome = OnReload(request);
        Calls.Enqueue(($"reload reason={request.Reason} force={request.Force}{(request.Queue ? " queue" : "")}", requestedBy));
        return Task.FromResult(outcome);
    }

    public Task<RequestOutcome> Rollback(string requestedBy)
    {
        var outcome = OnRollback();
        Calls.Enqueue(("rollback", requestedBy));
        return Task.FromResult(outcome);
    }

    public Task<RequestOutcome> Promote(string requestedBy)
    {
        Calls.Enqueue(("promote", requestedBy));
        return Task.FromResult(OnPromote());
    }

    public Task<RequestOutcome> Upgrade(UpgradeRequest request, string requestedBy)
    {
        Calls.Enqueue(($"upgrade {request.Program}".TrimEnd(), requestedBy));
        return Task.FromResult(OnUpgrade());
    }

    public SignalOutcome Signal(string signal, string requestedBy)
    {
        var outcome = OnSignal(signal);
        Calls.Enqueue(($"signal {signal}", requestedBy));
        return outcome;
    }

    public Func<string, SignalOutcome> OnSignal { get; set; } = signal => new SignalOutcome(new SignalReport { Signal = signal }, null);

    public Task<RequestOutcome> Stop(bool now, string requestedBy)
    {
        var outcome = OnStop(now);
        Calls.Enqueue(($"stop now={now}", requestedBy));
        return Task.FromResult(outcome);
    }

    /// <summary>Ends the service.</summary>
    public void Complete(int exitCode) => _completion.TrySetResult(exitCode);

    /// <summary>Lets an attempt begin: its record is there and the status names it.</summary>
    public RequestOutcome Begin(string id, string kind = "reload")
    {
        journal.Save(Samples.Record(id, verdict: null, kind));
        _status = Samples.Status(FsmState.Soaking) with
        {
            ReloadId = id,
            CandidatePid = 200,
            Soak = new SoakReport
            {
                StartedAt = Samples.Noon,
                EndsAt = Samples.Noon.AddSeconds(30),
                RemainingSeconds = 12,
                Probes = [new ProbeReport { Name = "process", Healthy = true, Runs = 3 }, new ProbeReport { Name = "http_get http://x/", Healthy = false, Detail = "connection refused", ConsecutiveFailures = 2, FailureThreshold = 3 }],
            },
        };
        journal.Publish(Samples.Event($"{kind} {id}: the soak begins", EventType.Phase, FsmState.Soaking, id));
        return new RequestOutcome(id, null);
    }

    /// <summary>Lets the attempt end.</summary>
    public void Finish(string id, string verdict, string kind = "reload")
    {
        var record = Samples.Record(id, verdict, kind);
        journal.Save(record);
        _status = Samples.Status() with { LastReload = record };
        journal.Publish(Samples.Event($"{kind} {id}: {verdict}", EventType.Finished, FsmState.Running, id) with { Record = record });
    }
}

using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>What the loop shows of the service. Replaced as a whole.</summary>
internal sealed record Snapshot
{
    public required MachineState State { get; init; }

    /// <summary>Timestamp since which a generation has served without a gap; null while none does.</summary>
    public long? ServedSince { get; init; }

    public ReloadRecord? Open { get; init; }

    public ReloadRecord? Last { get; init; }

    /// <summary>When the undo window ends; counts while there is one.</summary>
    public DateTimeOffset UndoUntil { get; init; }

    public HandoverReport Handover { get; init; } = HandoverReport.None;

    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The plan that serves, or else the one of the first start.</summary>
    public required Plan Plan { get; init; }
}

/// <summary>Makes the status from the last snapshot and what can be measured now. May be used from any thread.</summary>
internal sealed class StatusBoard(
    Snapshot first, GenerationRoster roster, OrchestratorOptions options)
{
    private readonly TimeProvider _time = options.Time;
    private volatile Snapshot _snapshot = first;
    private volatile LiveSoak? _soak;

    private sealed record LiveSoak(int Generation, SoakReport Report);

    /// <summary>What the loop showed last.</summary>
    public Snapshot Current => _snapshot;

    public void Show(Snapshot snapshot) => _snapshot = snapshot;

    public void Show(int generation, SoakReport soak) => _soak = new LiveSoak(generation, soak);

    /// <summary>The last known state of a generation's soak.</summary>
    public SoakReport? SoakOf(int? generation) =>
        _soak is { } soak && soak.Generation == generation
            ? soak.Report with { RemainingSeconds = Math.Max(0, (soak.Report.EndsAt - _time.GetUtcNow()).TotalSeconds) }
            : null;

    public StatusReport Report()
    {
        var now = _snapshot;
        var state = now.State;
        var held = options.Listeners.Report();
        var all = roster.All;
        var route = options.Traffic.IsDirected ? options.Traffic.Route : null; // Once: the shares belong together.
        var uptime = now.ServedSince is { } since ? WholeSeconds(_time.GetElapsedTime(since)) : TimeSpan.Zero;
        return new StatusReport
        {
            Service = now.Plan.Service.Name,
            FsmState = state.FsmState,
            CurrentPid = state.Serving?.Pid ?? 0,
            OldPid = state.Replaced?.Pid ?? 0,
            CandidatePid = state.Candidate is { Pid: > 0 } candidate ? candidate.Pid : null,
            Generation = state.Serving?.Number,
            Uptime = Durations.FormatBrief(uptime),
            UptimeSeconds = uptime.TotalSeconds,
            LastHandover = now.Handover,
            Handover = options.State?.Progress,
            Generations = [.. all.Select(generation => Report(generation, state, Share(generation, all, route))).OfType<GenerationReport>()],
            Listeners = held,
            Relay = TrafficTotals.Sum(held),
            Traffic = state.Traffic?.Word,
            TrafficReason = state.Traffic?.Reason,
            Soak = state.Attempt?.Step is AttemptStep.Probing or AttemptStep.Soaking ? SoakOf(state.Candidate?.Number) : null,
            Undo = state.Parked is { } kept ? Undo(kept, now.UndoUntil) : null,
            ReloadId = now.Open?.Id,
            LastReload = now.Last,
            LastUpgrade = options.LastUpgrade(),
            Restarts = state.Deaths,
            Warnings = [.. Missed(state), .. now.Warnings, .. Unframed(held)],
            EnginePid = Environment.ProcessId,
            Keeper = options.Keeper(),
            EngineVersion = options.EngineVersion,
            ConfigPath = now.Plan.SourcePath,
            ConfigSha256 = state.Serving is null ? null : now.Plan.SourceSha256,
        };
    }

    private IEnumerable<string> Missed(MachineState state) =>
        state.Active is { } active && options.Listeners.OwedBy(active.Number) is { Count: > 0 } missing ? [Missing.Sentence(missing)] : [];

    /// <summary>The listeners whose connections end at a reload, and why.</summary>
    private static IEnumerable<string> Unframed(IReadOnlyList<ListenerReport> listeners) => listeners.Where(listener => listener.FramingReason is not null)
        .Select(listener => $"{listener.Name}: its connections end at an exclusive reload, since they are carried as they come: {listener.FramingReason}");

    private static TimeSpan WholeSeconds(TimeSpan time) => TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds));

    private static GenerationReport? Report(IGeneration generation, MachineState state, int? share)
    {
        try
        {
            var usage = generation.Usage();
            return new GenerationReport
            {
                Number = generation.Number,
                Role = Role(generation.Number, state),
                Pid = generation.Pid,
                TrafficPercent = share,
                Lacks = generation.Lacks,
                StartedAt = generation.StartedAt,
                Processes = usage.Processes,
                RssBytes = usage.RssBytes,
                CpuSeconds = usage.Cpu.TotalSeconds,
                Fds = usage.Fds,
                NotifyStatus = generation.NotifyStatus,
            };
        }
        catch (ObjectDisposedException)
        {
            // It ended while it was being looked at.
            return null;
        }
    }

    private static int? Share(IGeneration generation, IReadOnlyList<IGeneration> all, Route? route)
    {
        if (route is null)
        {
            return generation.IsFrozen ? 0 : all.All(other => other == generation || other.IsFrozen) ? 100 : null;
        }

        var beside = route.Candidate is null ? 0 : route.Percent;
        return generation.Number == route.Candidate ? beside : generation.Number == route.Main ? 100 - beside : 0;
    }

    private UndoReport Undo(Member kept, DateTimeOffset until) => new()
    {
        Generation = kept.Number,
        Pid = kept.Pid,
        EndsAt = until,
        RemainingSeconds = Math.Max(0, (until - _time.GetUtcNow()).TotalSeconds),
    };

    // A candidate that is being rolled back is drained like a retiring generation, and is called so.
    private static string Role(int number, MachineState state) =>
        state.Active?.Number == number ? "active"
        : state.Candidate?.Number == number ? "candidate"
        : state.Parked?.Number == number ? "parked" : "retiring";
}

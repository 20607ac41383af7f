using System.Globalization;
using Aeterna.Contract;
using Prometheus;

namespace Aeterna.Telemetry;

/// <summary>Everything that the engine measures, in a registry of its own; docs/metrics.md lists it.</summary>
internal sealed class EngineInstruments
{
    /// <summary>The content type of <see cref="Page(StatusReport)"/>.</summary>
    public const string ContentType = PrometheusConstants.TextContentTypeWithVersionAndEncoding;

    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly Lock _pages = new();
    private readonly StatusMetrics _status;
    private readonly Counter _reloads;
    private readonly Histogram _phases;
    private readonly Histogram _spawns;
    private readonly Histogram _handovers;
    private readonly Histogram _pauses;
    private readonly Counter _trapped;
    private readonly Counter _requests;

    public EngineInstruments(TimeProvider time)
    {
        var metrics = Metrics.WithCustomRegistry(_registry);
        metrics.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        _status = new StatusMetrics(metrics, time);
        _reloads = metrics.CreateCounter("aeterna_reloads_total", "Ended attempts to start or replace a generation.", ["kind", "verdict"]);
        _phases = metrics.CreateHistogram(
            "aeterna_reload_phase_duration_seconds", "Time that a phase of an attempt took.", ["phase", "outcome"],
            Buckets(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800));
        _spawns = metrics.CreateHistogram(
            "aeterna_spawn_duration_seconds", "Time from the wish for a process to its exec.",
            Buckets(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1));
        _handovers = metrics.CreateHistogram(
            "aeterna_handover_duration_seconds", "Time that a handoff of state took.", ["phase", "status"],
            Buckets(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 30));
        _pauses = metrics.CreateHistogram(
            "aeterna_relay_pause_seconds", "Time for which a connection was given nothing while it moved.",
            Buckets(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1));
        _trapped = metrics.CreateCounter(
            "aeterna_trapped_calls_total", "Socket calls of the service that the broker answered.", ["syscall", "answer"]);
        _requests = metrics.CreateCounter("aeterna_http_requests_total", "Requests to the control API.", ["route", "status"]);
    }

    /// <summary>All of it as of now, in the Prometheus text format 0.0.4.</summary>
    public byte[] Page(StatusReport status)
    {
        // One page at a time: a series that begins anew is out of the registry for a moment.
        lock (_pages)
        {
            _status.Show(status);
            return Page();
        }
    }

    /// <summary>As <see cref="Page(StatusReport)"/>, with the status that was shown last.</summary>
    internal byte[] Page()
    {
        using var page = new MemoryStream();
        // Into memory, so it is through when it returns.
        _registry.CollectAndExportAsTextAsync(page).GetAwaiter().GetResult();
        return page.ToArray();
    }

    /// <summary>Counts an ended attempt and its phases.</summary>
    public void AttemptFinished(ReloadRecord record)
    {
        _reloads.WithLabels(record.Kind, record.Verdict ?? "none").Inc();
        foreach (var phase in record.Phases)
        {
            if (phase.DurationMs is { } duration)
            {
                _phases.WithLabels(phase.Name, phase.Outcome ?? "none").Observe(duration / 1000);
            }
        }
    }

    /// <summary>Counts a trapped call.</summary>
    /// <param name="syscall">Its name, as in <c>bind</c>.</param>
    /// <param name="answer">What it got, <c>untouched</c>, <c>done</c> or <c>failed</c>.</param>
    public void TrappedCall(string syscall, string answer) => _trapped.WithLabels((ReadOnlySpan<string>)[syscall, answer]).Inc();

    /// <summary>Notes how long it took until a process was started.</summary>
    public void Spawned(TimeSpan duration) => _spawns.Observe(duration.TotalSeconds);

    /// <summary>Notes a handoff of state that was tried.</summary>
    /// <param name="phase"><c>snapshot</c> or <c>final</c>.</param>
    /// <param name="status">As in the record.</param>
    /// <param name="duration">From the wish to the Ack, or to the failure.</param>
    public void HandedOver(string phase, string status, TimeSpan duration) =>
        _handovers.WithLabels(phase, status).Observe(duration.TotalSeconds);

    /// <summary>Notes for how long a connection was given nothing while it moved.</summary>
    public void Moved(TimeSpan pause) => _pauses.Observe(pause.TotalSeconds);

    /// <summary>Counts a request to the control API.</summary>
    /// <param name="route">The route's pattern, or <c>other</c>: never what the client wrote.</param>
    /// <param name="status">The HTTP status.</param>
    public void HttpRequest(string route, int status) =>
        _requests.WithLabels((ReadOnlySpan<string>)[route, status.ToString(CultureInfo.InvariantCulture)]).Inc();

    /// <summary>What has been counted, for a successor of this engine. Distributions begin anew with it.</summary>
    public IReadOnlyList<CountState> Counts() =>
        [.. Carried.SelectMany(family => family.GetAllLabelValues().Select(labels => new CountState(family.Name, labels, family.WithLabels(labels).Value)))];

    /// <summary>Counts on from where a predecessor was.</summary>
    public void CountOn(IReadOnlyList<CountState> counts)
    {
        foreach (var (name, labels, value) in counts)
        {
            Carried.FirstOrDefault(family => family.Name == name && family.LabelNames.Length == labels.Count)?.WithLabels([.. labels]).IncTo(value);
        }
    }

    private Counter[] Carried => [_reloads, _trapped, _requests];

    private static HistogramConfiguration Buckets(params double[] boundaries) => new() { Buckets = boundaries, SuppressInitialValue = true };
}

/// <summary>What a counter has counted.</summary>
/// <param name="Family">Its name.</param>
/// <param name="Labels">Its labels' values.</param>
/// <param name="Value">The count.</param>
internal sealed record CountState(string Family, IReadOnlyList<string> Labels, double Value);

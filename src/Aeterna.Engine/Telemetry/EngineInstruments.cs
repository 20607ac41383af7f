using System.Diagnostics.Metrics;
using Aeterna.Contract;

namespace Aeterna.Telemetry;

/// <summary>Everything that the engine measures. The names are the ones that Prometheus sees; docs/metrics.md lists them.</summary>
internal sealed class EngineInstruments : IDisposable
{
    private static readonly string[] _states =
    [
        FsmState.Pending, FsmState.PreChecking, FsmState.Starting, FsmState.Handshaking, FsmState.Soaking,
        FsmState.Running, FsmState.Draining, FsmState.Stopped, FsmState.Failed,
    ];

    private readonly Counter<long> _reloads;
    private readonly Histogram<double> _phases;
    private readonly Histogram<double> _spawns;
    private readonly Histogram<double> _handovers;
    private readonly Histogram<double> _pauses;
    private readonly Counter<long> _trapped;
    private readonly Counter<long> _requests;
    private readonly TimeProvider _time;
    private volatile StatusReport? _status;

    public EngineInstruments(TimeProvider time)
    {
        _time = time;
        _reloads = Meter.CreateCounter<long>("aeterna_reloads_total", null, "Ended attempts to start or replace a generation.");
        _phases = Meter.CreateHistogram(
            "aeterna_reload_phase_duration_seconds", "s", "Time that a phase of an attempt took.",
            advice: Buckets(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800));
        _spawns = Meter.CreateHistogram(
            "aeterna_spawn_duration_seconds", "s", "Time from the wish for a process to its exec.",
            advice: Buckets(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1));
        _handovers = Meter.CreateHistogram(
            "aeterna_handover_duration_seconds", "s", "Time that a handoff of state took.",
            advice: Buckets(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 30));
        _pauses = Meter.CreateHistogram(
            "aeterna_relay_pause_seconds", "s", "Time for which a connection was given nothing while it moved.",
            advice: Buckets(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1));
        _trapped = Meter.CreateCounter<long>("aeterna_trapped_calls_total", null, "Socket calls of the service that the broker answered.");
        _requests = Meter.CreateCounter<long>("aeterna_http_requests_total", null, "Requests to the control API.");

        Gauge("aeterna_up", "1 while a generation serves, else 0.", s => One(s.CurrentPid == 0 ? 0 : 1));
        Gauge("aeterna_engine_info", "1, with the engine's version and the service's name.", s =>
            One(1, new("service", s.Service), new("version", s.EngineVersion)));
        Gauge("aeterna_fsm_state", "1 for the state that the service is in, 0 for the others.", s =>
            _states.Select(state => new Measurement<double>(s.FsmState == state ? 1 : 0, new KeyValuePair<string, object?>("state", state))));
        Gauge("aeterna_generation_info", "1 for each generation with a process alive.", s => s.Generations.Select(g =>
            new Measurement<double>(1, new("generation", g.Number), new("role", g.Role), new KeyValuePair<string, object?>("pid", g.Pid))));
        Gauge("aeterna_uptime_seconds", "Time that the service has been served without a gap.", s => One(s.UptimeSeconds));
        Gauge("aeterna_active_generation_uptime_seconds", "Age of the active generation.", s => s.Generations
            .Where(g => g.Role == "active")
            .Select(g => new Measurement<double>(Math.Max(0, (_time.GetUtcNow() - g.StartedAt).TotalSeconds))));
        Meter.CreateObservableCounter(
            "aeterna_restarts_total", () => Sampled(s => One(s.Restarts)), null, "Exits of the active generation that nobody asked for.");
        Gauge("aeterna_generation_rss_bytes", "Resident memory of all processes of a role.", s => PerRole(s, g => g.RssBytes));
        Meter.CreateObservableCounter(
            "aeterna_generation_cpu_seconds_total", () => Sampled(s => PerRole(s, g => g.CpuSeconds)), "s",
            "Processor time of all processes of a role; starts anew when a generation takes the role.");
        Gauge("aeterna_generation_open_fds", "Open descriptors of all processes of a role.", s => PerRole(s, g => g.Fds));
        Gauge("aeterna_generation_processes", "Processes of a role.", s => PerRole(s, g => g.Processes));
        Gauge("aeterna_listeners", "Sockets that the engine holds.", s => s.Listeners
            .GroupBy(l => (l.Handoff, l.State))
            .Select(g => new Measurement<double>(g.Count(), new("handoff", g.Key.Handoff), new("state", g.Key.State))));
        RelayInstruments();
    }

    /// <summary>The meter that all instruments belong to.</summary>
    public Meter Meter { get; } = new("Aeterna");

    /// <summary>Sets what the gauges show; called before they are read.</summary>
    public void Sample(StatusReport status) => _status = status;

    /// <summary>Counts an ended attempt and its phases.</summary>
    public void AttemptFinished(ReloadRecord record)
    {
        _reloads.Add(1, new("kind", record.Kind), new("verdict", record.Verdict ?? "none"));
        foreach (var phase in record.Phases)
        {
            if (phase.DurationMs is { } duration)
            {
                _phases.Record(duration / 1000, new("phase", phase.Name), new("outcome", phase.Outcome ?? "none"));
            }
        }
    }

    /// <summary>Counts a trapped call.</summary>
    /// <param name="syscall">Its name, as in <c>bind</c>.</param>
    /// <param name="answer">What it got, <c>untouched</c>, <c>done</c> or <c>failed</c>.</param>
    public void TrappedCall(string syscall, string answer) => _trapped.Add(1, new("syscall", syscall), new("answer", answer));

    /// <summary>Notes how long it took until a process was started.</summary>
    public void Spawned(TimeSpan duration) => _spawns.Record(duration.TotalSeconds);

    /// <summary>Notes a handoff of state that was tried.</summary>
    /// <param name="phase"><c>snapshot</c> or <c>final</c>.</param>
    /// <param name="status">As in the record.</param>
    /// <param name="duration">From the wish to the Ack, or to the failure.</param>
    public void HandedOver(string phase, string status, TimeSpan duration) =>
        _handovers.Record(duration.TotalSeconds, new("phase", phase), new("status", status));

    /// <summary>Notes for how long a connection was given nothing while it moved.</summary>
    public void Moved(TimeSpan pause) => _pauses.Record(pause.TotalSeconds);

    /// <summary>Counts a request to the control API.</summary>
    /// <param name="route">The route's pattern, or <c>other</c>: never what the client wrote.</param>
    /// <param name="status">The HTTP status.</param>
    public void HttpRequest(string route, int status) => _requests.Add(1, new("route", route), new("status", status));

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    private void RelayInstruments()
    {
        Gauge("aeterna_relay_connections", "Open client connections.", s => PerListener(s, t => t.Connections));
        Total("aeterna_relay_accepted_total", "Client connections.", s => PerListener(s, t => t.Accepted));
        Total("aeterna_relay_frames_total", "Frames and datagrams that came in through the engine.", s => PerListener(s, t => t.FramesIn));
        Total("aeterna_relay_bytes_total", "Bytes that came in through the engine.", s => PerListener(s, t => t.BytesIn));
        Total("aeterna_relay_moved_total", "Connections that went on to another generation.", s => PerListener(s, t => t.Moved));
        Total("aeterna_relay_lost_total", "Frames and datagrams that the engine had to drop.", s => PerListener(s, t => t.Lost));
        Gauge("aeterna_relay_waiting_bytes", "Bytes that wait in the engine.", s => PerListener(s, t => t.WaitingBytes));
        Total("aeterna_relay_given_frames_total", "Frames and datagrams that a generation got.", s => s.Listeners.SelectMany(l =>
            (l.Traffic?.Given ?? []).Select(g => new Measurement<double>(g.Frames, new("listener", l.Name), new("generation", g.Generation)))));
    }

    private void Total(string name, string description, Func<StatusReport, IEnumerable<Measurement<double>>> values) =>
        Meter.CreateObservableCounter(name, () => Sampled(values), null, description);

    private static IEnumerable<Measurement<double>> PerListener(StatusReport status, Func<TrafficReport, double> value) => status.Listeners
        .Where(listener => listener.Traffic is not null)
        .Select(listener => new Measurement<double>(value(listener.Traffic!), new KeyValuePair<string, object?>("listener", listener.Name)));

    private void Gauge(string name, string description, Func<StatusReport, IEnumerable<Measurement<double>>> values) =>
        Meter.CreateObservableGauge(name, () => Sampled(values), null, description);

    private IEnumerable<Measurement<double>> Sampled(Func<StatusReport, IEnumerable<Measurement<double>>> values) =>
        _status is { } status ? values(status) : [];

    private static Measurement<double>[] One(double value, params KeyValuePair<string, object?>[] tags) => [new(value, tags)];

    private static IEnumerable<Measurement<double>> PerRole(StatusReport status, Func<GenerationReport, double> value) => status.Generations
        .GroupBy(generation => generation.Role)
        .Select(role => new Measurement<double>(role.Sum(value), new KeyValuePair<string, object?>("role", role.Key)));

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };
}

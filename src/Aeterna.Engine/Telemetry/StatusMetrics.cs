using System.Globalization;
using Aeterna.Contract;
using Prometheus;

namespace Aeterna.Telemetry;

/// <summary>What is measured by looking at the status: it is shown as it was when last looked.</summary>
internal sealed class StatusMetrics
{
    /// <summary>The states by their number in <c>aeterna_process_state</c>; the first two are those of the first version.</summary>
    internal static readonly string[] States =
    [
        FsmState.Running, FsmState.Soaking, FsmState.Pending, FsmState.PreChecking, FsmState.Starting,
        FsmState.Handshaking, FsmState.Draining, FsmState.Stopped, FsmState.Failed,
    ];

    private readonly IMetricFactory _metrics;
    private readonly List<Action<StatusReport>> _families = [];

    public StatusMetrics(IMetricFactory metrics, TimeProvider time)
    {
        _metrics = metrics;
        Gauge("aeterna_up", "1 while a generation serves, else 0.", [], s => [new(s.CurrentPid == 0 ? 0 : 1)]);
        Gauge("aeterna_engine_info", "1, with the engine's version and the service's name.", ["service", "version"], s =>
            [new(1, s.Service, s.EngineVersion)]);
        Gauge("aeterna_process_state", "The state that the service is in as a number: 0 is RUNNING, 1 is SOAKING.", [], s =>
            [new(Array.IndexOf(States, s.FsmState))]);
        Gauge("aeterna_fsm_state", "1 for the state that the service is in, 0 for the others.", ["state"], s =>
            [.. States.Select(state => new Series(s.FsmState == state ? 1 : 0, state))]);
        Gauge("aeterna_generation_info", "1 for each generation with a process alive.", ["generation", "role", "pid"], s =>
            [.. s.Generations.Select(g => new Series(1, Text(g.Number), g.Role, Text(g.Pid)))]);
        Gauge("aeterna_uptime_seconds", "Time that the service has been served without a gap.", [], s => [new(s.UptimeSeconds)]);
        Gauge("aeterna_active_generation_uptime_seconds", "Age of the active generation.", [], s =>
            [.. s.Generations.Where(g => g.Role == "active").Select(g => new Series(Math.Max(0, (time.GetUtcNow() - g.StartedAt).TotalSeconds)))]);
        Total("aeterna_restarts_total", "Exits of the active generation that nobody asked for.", [], s => [new(s.Restarts)]);
        PerRole();
        Gauge("aeterna_listeners", "Sockets that the engine holds.", ["handoff", "state"], s =>
            [.. s.Listeners.GroupBy(l => (l.Handoff, l.State)).Select(g => new Series(g.Count(), g.Key.Handoff, g.Key.State))]);
        PerListener();
    }

    /// <summary>Shows a status. Not safe for several threads.</summary>
    public void Show(StatusReport status) => _families.ForEach(show => show(status));

    private void PerRole()
    {
        Gauge("aeterna_generation_rss_bytes", "Resident memory of all processes of a role.", ["role"], s => Sum(s, g => g.RssBytes));
        Total(
            "aeterna_generation_cpu_seconds_total", "Processor time of all processes of a role; starts anew when a generation takes the role.",
            ["role"], s => Sum(s, g => g.CpuSeconds));
        Gauge("aeterna_generation_open_fds", "Open descriptors of all processes of a role.", ["role"], s => Sum(s, g => g.Fds));
        Gauge("aeterna_generation_processes", "Processes of a role.", ["role"], s => Sum(s, g => g.Processes));
    }

    private void PerListener()
    {
        string[] listener = ["listener"];
        Gauge("aeterna_relay_connections", "Open client connections.", listener, s => Each(s, t => t.Connections));
        Total("aeterna_relay_accepted_total", "Client connections.", listener, s => Each(s, t => t.Accepted));
        Total("aeterna_relay_frames_total", "Frames and datagrams that came in through the engine.", listener, s => Each(s, t => t.FramesIn));
        Total("aeterna_relay_bytes_total", "Bytes that came in through the engine.", listener, s => Each(s, t => t.BytesIn));
        Total("aeterna_relay_moved_total", "Connections that went on to another generation.", listener, s => Each(s, t => t.Moved));
        Total("aeterna_relay_lost_total", "Frames and datagrams that the engine had to drop.", listener, s => Each(s, t => t.Lost));
        Gauge("aeterna_relay_waiting_bytes", "Bytes that wait in the engine.", listener, s => Each(s, t => t.WaitingBytes));
        Total("aeterna_relay_given_frames_total", "Frames and datagrams that a generation got.", ["listener", "generation"], s =>
            [.. s.Listeners.SelectMany(l => (l.Traffic?.Given ?? []).Select(g => new Series(g.Frames, l.Name, Text(g.Generation))))]);
    }

    private void Gauge(string name, string help, string[] labels, Func<StatusReport, Series[]> series)
    {
        var family = _metrics.CreateGauge(name, help, new GaugeConfiguration { LabelNames = labels, SuppressInitialValue = true });
        _families.Add(status => Series.Show(family, series(status)));
    }

    private void Total(string name, string help, string[] labels, Func<StatusReport, Series[]> series)
    {
        var family = _metrics.CreateCounter(name, help, new CounterConfiguration { LabelNames = labels, SuppressInitialValue = true });
        _families.Add(status => Series.Show(family, series(status)));
    }

    private static Series[] Sum(StatusReport status, Func<GenerationReport, double> value) =>
        [.. status.Generations.GroupBy(generation => generation.Role).Select(role => new Series(role.Sum(value), role.Key))];

    private static Series[] Each(StatusReport status, Func<TrafficReport, double> value) =>
        [.. status.Listeners.Where(listener => listener.Traffic is not null).Select(listener => new Series(value(listener.Traffic!), listener.Name))];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

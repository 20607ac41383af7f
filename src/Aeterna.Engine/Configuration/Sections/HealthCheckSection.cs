using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>orchestration.canary.health_check</c>.</summary>
internal static class HealthCheckSection
{
    private static readonly HealthCheckPlan _default = new();

    private static readonly Key<Uri> _httpGet = new("http_get", Kinds.HttpUrl, "URL to get; a status of 200 to 299 is healthy")
    {
        Example = "\"http://localhost:8080/health\"",
    };

    private static readonly Key<ListenerAddress> _tcpConnect = new(
        "tcp_connect", AddressKinds.Connect, "address to connect to; a connection is healthy")
    {
        Example = "tcp://127.0.0.1:514",
    };

    private static readonly Key<IReadOnlyList<string>> _command = new(
        "command", CommonKinds.Command, "command to run; exit code 0 is healthy")
    {
        Example = "[\"/usr/local/bin/probe\"]",
    };

    private static readonly Key<TimeSpan> _interval = new("interval", Kinds.PositiveDuration, "time between two probes")
    {
        HasDefault = true,
        Otherwise = _default.Interval,
        Example = "1s",
    };

    private static readonly Key<TimeSpan> _timeout = new("timeout", Kinds.PositiveDuration, "time that a probe may take")
    {
        HasDefault = true,
        Otherwise = _default.Timeout,
        Example = "500ms",
    };

    private static readonly Key<int> _failureThreshold = new(
        "failure_threshold", Kinds.Count(1, 1000), "failures in a row that end the soak")
    {
        HasDefault = true,
        Otherwise = _default.FailureThreshold,
        Example = "3",
    };

    public static SectionKind<HealthCheckPlan> Kind { get; } = new(
        [_httpGet, _tcpConnect, _command, _interval, _timeout, _failureThreshold],
        section => new()
        {
            HttpGet = section.Find(_httpGet),
            TcpConnect = section.Find(_tcpConnect),
            Command = section.Find(_command),
            Interval = section.Get(_interval),
            Timeout = section.Get(_timeout),
            FailureThreshold = section.Get(_failureThreshold),
        });
}

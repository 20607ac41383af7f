using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>observability</c>.</summary>
internal static class ObservabilitySection
{
    private static readonly ObservabilityPlan _default = new();

    private static readonly Key<OptionalEndpoint> _metricsPort = new(
        "metrics_port", AddressKinds.EndpointOrOff, "where metrics and the control API are served over HTTP; on 127.0.0.1 unless an address is given")
    {
        HasDefault = true,
        Otherwise = new(_default.Metrics),
        Example = "\":9091\"",
    };

    private static readonly Key<string> _logLevel = new(
        "log_level",
        Kinds.Choice(("trace", "trace"), ("debug", "debug"), ("info", "info"), ("warning", "warning"), ("error", "error")),
        "least severity that the engine logs")
    {
        HasDefault = true,
        Otherwise = _default.LogLevel,
        Example = "debug",
    };

    private static readonly Key<LogPlan> _log = new("log", LogSection.Kind, "how the log is written, and what it may take on disk") { Otherwise = _default.Log };

    public static SectionKind<ObservabilityPlan> Kind { get; } = new([_metricsPort, _logLevel, _log], section => new()
    {
        Metrics = section.Get(_metricsPort).Endpoint,
        LogLevel = section.Get(_logLevel),
        Log = section.Get(_log),
    });
}

using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary>The file as a whole. From here every known key can be reached.</summary>
internal static class RootSection
{
    private static readonly string[] _versions = ["v1", "1.0"];

    private static readonly Key<string> _version = new(
        "version",
        new ScalarKind<string>("\"v1\" (or \"1.0\")", @"^(v1|1(\.0)?)$", (string text, out string version) => (version = text).Length > 0)
        {
            TakesNumbers = true,
            Words = _versions,
            Hint = _ => "this engine reads version v1 of the format",
        },
        "version of the format")
    {
        Required = true,
        Example = "v1",
    };

    private static readonly Key<ServicePlan> _service = new("service", ServiceSection.Kind, "what is run")
    {
        Required = true,
        Otherwise = new() { Name = "", Command = [] },
    };

    private static readonly Key<OrchestrationPlan> _orchestration = new(
        "orchestration", OrchestrationSection.Kind, "how a generation is replaced")
    {
        Otherwise = new(),
    };

    private static readonly Key<RestartPlan> _restart = new(
        "restart", RestartSection.Kind, "what happens when a generation ends outside a reload")
    {
        Otherwise = new(),
    };

    private static readonly Key<ObservabilityPlan> _observability = new(
        "observability", ObservabilitySection.Kind, "metrics and the log")
    { Otherwise = new() };

    private static readonly Key<ControlPlan> _control = new(
        "control", ControlSection.Kind, "who may command the engine, and where")
    { Otherwise = new() };

    private static readonly Key<HistoryPlan> _history = new(
        "history", HistorySection.Kind, "records of past reloads")
    { Otherwise = new() };

    private static readonly Key<RelayPlan> _relay = new(
        "relay", RelaySection.Kind, "what relayed connections may cost")
    { Otherwise = new() };

    /// <summary>The plan still lacks where it came from.</summary>
    public static SectionKind<Plan> Kind { get; } = new(
        [_version, _service, _orchestration, _restart, _observability, _control, _history, _relay],
        section => new()
        {
            SourcePath = "",
            SourceSha256 = "",
            Service = section.Get(_service),
            Orchestration = section.Get(_orchestration),
            Restart = section.Get(_restart),
            Observability = section.Get(_observability),
            Control = section.Get(_control),
            History = section.Get(_history),
            Relay = section.Get(_relay),
        });
}

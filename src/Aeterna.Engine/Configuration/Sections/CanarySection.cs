using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>orchestration.canary</c>.</summary>
internal static class CanarySection
{
    private static readonly CanaryPlan _default = new();

    private static readonly Key<bool> _enabled = new("enabled", Kinds.Boolean, "whether there is a soak at all")
    {
        HasDefault = true,
        Otherwise = _default.Enabled,
        Example = "true",
    };

    private static readonly Key<TimeSpan> _soakTime = new(
        "soak_time", Kinds.Duration, "how long the candidate is watched before the old generation is drained")
    {
        HasDefault = true,
        Otherwise = _default.SoakTime,
        Example = "30s",
    };

    private static readonly Key<HealthCheckPlan> _healthCheck = new(
        "health_check", HealthCheckSection.Kind, "a probe of the candidate: exactly one of `http_get`, `tcp_connect` and `command`");

    private static readonly Key<Traffic> _traffic = new(
        "traffic",
        Kinds.Choice(
            ("auto", Traffic.Auto), ("split", Traffic.Split), ("exclusive", Traffic.Exclusive), ("sequential", Traffic.Sequential)),
        "how traffic goes to the candidate: a share beside the active generation, all at once while that one is parked, or after it has ended; `auto` decides by the program")
    {
        HasDefault = true,
        Otherwise = _default.Traffic,
        Example = "exclusive",
    };

    private static readonly Key<TimeSpan> _switchTimeout = new(
        "switch_timeout", Kinds.PositiveDuration, "time that a generation has to finish what it was given at an exclusive switch; then the switch is recalled")
    {
        HasDefault = true,
        Otherwise = _default.SwitchTimeout,
        Example = "500ms",
    };

    private static readonly Key<int> _weight = new(
        "weight", Kinds.Percentage, "with split traffic: the candidate's share of connections and datagrams during the soak")
    {
        HasDefault = true,
        Otherwise = _default.Weight,
        Example = "10%",
    };

    private static readonly Key<Limits> _limits = new(
        "limits", LimitsKind(), "most that the candidate may use, in multiples of what the active generation uses");

    public static SectionKind<CanaryPlan> Kind { get; } = new(
        [_enabled, _soakTime, _healthCheck, _traffic, _switchTimeout, _weight, _limits],
        section => new()
        {
            Enabled = section.Get(_enabled),
            SoakTime = section.Get(_soakTime),
            HealthCheck = section.Find(_healthCheck),
            Traffic = section.Get(_traffic),
            SwitchTimeout = section.Get(_switchTimeout),
            Weight = section.Get(_weight),
            RssLimit = section.Find(_limits)?.Rss,
            CpuLimit = section.Find(_limits)?.Cpu,
            FdsLimit = section.Find(_limits)?.Fds,
        });

    private static SectionKind<Limits> LimitsKind()
    {
        Key<double> rss = new("rss", Kinds.Multiple, "resident memory") { Example = "2x" };
        Key<double> cpu = new("cpu", Kinds.Multiple, "processor time") { Example = "3x" };
        Key<double> fds = new("fds", Kinds.Multiple, "open descriptors") { Example = "1.5x" };
        return new([rss, cpu, fds], section => new(section.FindValue(rss), section.FindValue(cpu), section.FindValue(fds)));
    }

    private sealed record Limits(double? Rss, double? Cpu, double? Fds);
}

using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>orchestration.startup</c>.</summary>
internal static class StartupSection
{
    private static readonly StartupPlan _default = new();

    private static readonly Key<TimeSpan> _warmupDelay = new(
        "warmup_delay", Kinds.Duration, "time to wait after readiness, before the first probe")
    {
        HasDefault = true,
        Otherwise = _default.WarmupDelay,
        Example = "2s",
    };

    private static readonly Key<TimeSpan> _timeout = new(
        "timeout", Kinds.PositiveDuration, "time within which a generation has to be ready")
    {
        HasDefault = true,
        Otherwise = _default.Timeout,
        Example = "10s",
    };

    private static readonly Key<Readiness> _ready = new(
        "ready",
        Kinds.Choice(("listeners", Readiness.Listeners), ("notify", Readiness.Notify), ("delay", Readiness.Delay)),
        "`listeners`: all that the active generation holds is bound (and READY=1 has come, if the program sends it); "
            + "`notify`: READY=1; `delay`: alive after `warmup_delay`")
    {
        HasDefault = true,
        Otherwise = _default.Ready,
        Example = "notify",
    };

    public static SectionKind<StartupPlan> Kind { get; } = new([_warmupDelay, _timeout, _ready], section => new()
    {
        WarmupDelay = section.Get(_warmupDelay),
        Timeout = section.Get(_timeout),
        Ready = section.Get(_ready),
    });
}

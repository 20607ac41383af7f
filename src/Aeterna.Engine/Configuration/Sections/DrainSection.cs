using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>orchestration.drain</c>.</summary>
internal static class DrainSection
{
    private static readonly DrainPlan _default = new();

    private static readonly Key<TimeSpan> _timeout = new(
        "timeout", Kinds.Duration, "time that a generation has to finish what it was given, and then again to end after its signal; then SIGKILL")
    {
        HasDefault = true,
        Otherwise = _default.Timeout,
        Example = "1m30s",
    };

    private static readonly Key<int> _signal = new("signal", Kinds.Signal, "signal that tells a generation to finish and end")
    {
        DefaultNote = "the profile's, else `SIGTERM`",
        Otherwise = _default.Signal,
        Example = "SIGQUIT",
    };

    private static readonly Key<TimeSpan> _keepWarm = new(
        "keep_warm", Kinds.Duration, "the undo window: how long the old generation is kept without traffic after a success, so that `aeterna rollback` is instant")
    {
        HasDefault = true,
        Otherwise = _default.KeepWarm,
        Example = "5m",
    };

    public static SectionKind<DrainPlan> Kind { get; } = new([_timeout, _signal, _keepWarm], section => new()
    {
        Timeout = section.Get(_timeout),
        Signal = section.Get(_signal),
        KeepWarm = section.Get(_keepWarm),
    });
}

using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>restart</c>.</summary>
internal static class RestartSection
{
    private static readonly RestartPlan _default = new();

    private static readonly Key<RestartPolicy> _policy = new(
        "policy",
        Kinds.Choice(("always", RestartPolicy.Always), ("on-failure", RestartPolicy.OnFailure), ("never", RestartPolicy.Never)),
        "whether a generation that ends outside a reload is started again; `on-failure`: unless it ended with exit code 0")
    {
        HasDefault = true,
        Otherwise = _default.Policy,
        Example = "on-failure",
    };

    private static readonly Key<Backoff> _backoff = new("backoff", BackoffKind(), "the wait before a restart, doubled each time")
    {
        Otherwise = new(_default.BackoffInitial, _default.BackoffMax),
    };

    private static readonly Key<int> _limit = new(
        "limit", Kinds.Count(0, 1_000_000), "restarts in a row, none of which served for `backoff.max`, before the service is given up; 0: never")
    {
        HasDefault = true,
        Otherwise = _default.Limit,
        Example = "10",
    };

    public static SectionKind<RestartPlan> Kind { get; } = new([_policy, _backoff, _limit], section => new()
    {
        Policy = section.Get(_policy),
        BackoffInitial = section.Get(_backoff).Initial,
        BackoffMax = section.Get(_backoff).Max,
        Limit = section.Get(_limit),
    });

    private static SectionKind<Backoff> BackoffKind()
    {
        Key<TimeSpan> initial = new("initial", Kinds.PositiveDuration, "the first wait")
        {
            HasDefault = true,
            Otherwise = _default.BackoffInitial,
            Example = "100ms",
        };
        Key<TimeSpan> max = new("max", Kinds.PositiveDuration, "the longest wait")
        {
            HasDefault = true,
            Otherwise = _default.BackoffMax,
            Example = "1m",
        };
        return new([initial, max], section => new(section.Get(initial), section.Get(max)));
    }

    private sealed record Backoff(TimeSpan Initial, TimeSpan Max);
}

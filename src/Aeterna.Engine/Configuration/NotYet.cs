namespace Aeterna.Configuration;

/// <summary>
/// Features that the format has and this version lacks. A file that asks for one is taken; the engine says once, at the
/// start, what happens instead. When a feature lands, its line goes.
/// </summary>
internal static class NotYet
{
    private static readonly (Func<Plan, bool> Asked, string Sentence)[] _features =
    [
        (plan => Any(plan, listener => listener.Tls is not null),
            "tls of a listener is not built yet: the program gets the bytes as they come and has to do TLS itself"),
        (plan => plan.Orchestration.Canary.Traffic == Traffic.Exclusive,
            "canary.traffic exclusive is not built yet: both generations take traffic from the same sockets during the soak"),
        (plan => plan.Orchestration.Canary.Traffic == Traffic.Sequential,
            "canary.traffic sequential is not built yet: both generations run, and take traffic from the same sockets, during the soak"),
        (plan => plan.Orchestration.Canary.Weight != new CanaryPlan().Weight,
            "canary.weight is not built yet: the kernel alone chooses which generation gets a connection or datagram"),
        (plan => plan.Orchestration.Canary.SwitchTimeout != new CanaryPlan().SwitchTimeout,
            "canary.switch_timeout has no use yet: there is no exclusive switch in this version"),
        (plan => plan.Orchestration.Drain.KeepWarm > TimeSpan.Zero,
            "drain.keep_warm is not built yet: the old generation ends when the reload has succeeded, and aeterna rollback works during the soak only"),
    ];

    /// <summary>One sentence for each feature that the plan uses and this version lacks.</summary>
    public static IReadOnlyList<string> Warnings(Plan plan) =>
        [.. _features.Where(feature => feature.Asked(plan)).Select(feature => feature.Sentence)];

    private static bool Any(Plan plan, Func<ListenerPlan, bool> asked) => plan.Service.Listeners.Any(asked);
}

namespace Aeterna.Configuration;

/// <summary>
/// Features that the format has and this version lacks. A file that asks for one is taken; the engine says once, at the
/// start, what happens instead. When a feature lands, its line goes.
/// </summary>
internal static class NotYet
{
    private static readonly (Func<Plan, bool> Asked, string Sentence)[] _features =
    [
        (plan => Any(plan, listener => listener.Handoff == Handoff.Relay),
            "handoff relay is not built yet: the listener is shared, so a connection stays with the generation that accepted it"),
        (plan => Any(plan, listener => listener.Handoff == Handoff.Steered),
            "handoff steered is not built yet: the listener is shared, so the kernel alone chooses which generation gets a connection or datagram"),
        (plan => Any(plan, listener => listener.Framing is not null),
            "framing is not built yet: streams go to the program as they come"),
        (plan => Any(plan, listener => listener.Tls is not null),
            "tls of a listener is not built yet: the program gets the bytes as they come and has to do TLS itself"),
        (plan => plan.Orchestration.StateHandoff.Enabled,
            "state_handoff is not built yet: the new process starts without the old one's state, and last_handover says none"),
    ];

    /// <summary>One sentence for each feature that the plan uses and this version lacks.</summary>
    public static IReadOnlyList<string> Warnings(Plan plan) =>
        [.. _features.Where(feature => feature.Asked(plan)).Select(feature => feature.Sentence)];

    private static bool Any(Plan plan, Func<ListenerPlan, bool> asked) => plan.Service.Listeners.Any(asked);
}

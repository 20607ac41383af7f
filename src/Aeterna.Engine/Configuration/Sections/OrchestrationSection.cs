using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>orchestration</c>.</summary>
internal static class OrchestrationSection
{
    private static readonly OrchestrationPlan _default = new();

    private static readonly Key<Strategy> _strategy = new(
        "strategy",
        Kinds.Choice(("canary", Strategy.Canary), ("immediate", Strategy.Immediate), ("hot-relay", Strategy.Canary)),
        "`canary`: the candidate is watched before the old generation goes; `immediate`: it only has to become ready; `hot-relay` is `canary`")
    {
        HasDefault = true,
        Otherwise = _default.Strategy,
        Example = "immediate",
    };

    private static readonly Key<IReadOnlyList<HookPlan>> _preFlight = new(
        "pre_flight", HookSection.List, "commands run in order before anything is started")
    {
        Otherwise = [],
        DefaultNote = "the profile's check of the program's own configuration; `[]` for none",
    };

    private static readonly Key<StartupPlan> _startup = new(
        "startup", StartupSection.Kind, "when a new generation counts as ready")
    { Otherwise = new() };

    private static readonly Key<CanaryPlan> _canary = new("canary", CanarySection.Kind, "the soak") { Otherwise = new() };

    private static readonly Key<DrainPlan> _drain = new(
        "drain", DrainSection.Kind, "how a generation is ended")
    { Otherwise = new() };

    private static readonly Key<Hooks> _postProcess = new(
        "post_process", PostProcess(), "commands run when a reload is over")
    { Otherwise = new([], []) };

    private static readonly Key<StateHandoffPlan> _stateHandoff = new(
        "state_handoff", StateHandoffSection.Kind, "how the old process's state reaches the new one")
    {
        Otherwise = new(),
    };

    public static SectionKind<OrchestrationPlan> Kind { get; } = new(
        [_strategy, _preFlight, _startup, _canary, _drain, _postProcess, _stateHandoff],
        section => new()
        {
            Strategy = section.Get(_strategy),
            PreFlight = section.Get(_preFlight),
            Startup = section.Get(_startup),
            Canary = section.Get(_canary),
            Drain = section.Get(_drain),
            OnSuccess = section.Get(_postProcess).OnSuccess,
            OnFailure = section.Get(_postProcess).OnFailure,
            StateHandoff = section.Get(_stateHandoff),
        });

    private static SectionKind<Hooks> PostProcess()
    {
        Key<IReadOnlyList<HookPlan>> success = new("on_success", HookSection.List, "after the new generation has taken over") { Otherwise = [] };
        Key<IReadOnlyList<HookPlan>> failure = new("on_failure", HookSection.List, "after a reload that was blocked, rolled back or failed") { Otherwise = [] };
        return new([success, failure], section => new(section.Get(success), section.Get(failure)));
    }

    private sealed record Hooks(IReadOnlyList<HookPlan> OnSuccess, IReadOnlyList<HookPlan> OnFailure);
}

using Aeterna.Machine.Plans;

namespace Aeterna.Tests.Support;

/// <summary>Plans for tests of the rooms above the configuration.</summary>
internal static class TestPlans
{
    /// <summary>A plan with short times and one pre-flight command and hook of each kind when asked for.</summary>
    public static Plan Of(string name = "a", Func<OrchestrationPlan, OrchestrationPlan>? with = null, RestartPlan? restart = null) => new()
    {
        SourcePath = "/etc/aeterna.yaml",
        SourceSha256 = $"sha-{name}",
        Service = new ServicePlan { Name = "svc", Command = [$"/bin/{name}"] },
        Orchestration = (with ?? (plan => plan))(new OrchestrationPlan()),
        Restart = restart ?? new RestartPlan(),
    };

    /// <summary>A service of which nothing is known.</summary>
    public static ServicePlan Service { get; } = new() { Name = "svc", Command = ["/bin/svc"] };

    public static HookPlan Hook(string name, bool block = true) =>
        new() { Name = name, Command = [$"/bin/{name}"], BlockOnFail = block };

    /// <summary>Every optional part of an attempt: pre-flight, warm-up, hooks of both kinds.</summary>
    public static OrchestrationPlan Everything(OrchestrationPlan plan) => plan with
    {
        PreFlight = [Hook("check")],
        Startup = new StartupPlan { WarmupDelay = TimeSpan.FromSeconds(1) },
        OnSuccess = [Hook("good")],
        OnFailure = [Hook("bad")],
    };
}

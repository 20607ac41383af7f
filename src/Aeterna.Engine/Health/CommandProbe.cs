using Aeterna.Machine.Plans;

namespace Aeterna.Health;

/// <summary>Runs a command within a time; it must be dead when the task ends.</summary>
internal delegate Task<ProbeResult> RunCommand(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancel);

/// <summary><c>command</c>: exit code 0 is good.</summary>
internal sealed class CommandProbe(IReadOnlyList<string> command, HealthCheckPlan plan, RunCommand run) : IProbe
{
    public string Name => $"command {command[0]}";

    public int FailureThreshold => plan.FailureThreshold;

    public Task<ProbeResult> Run(CancellationToken cancel) => run(command, plan.Timeout, cancel);
}

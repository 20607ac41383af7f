using Aeterna.Machine.Plans;

namespace Aeterna.StateHandoff;

/// <summary>One handoff that is to be.</summary>
/// <param name="Old">The generation that gives.</param>
/// <param name="OldPid">Its main process.</param>
/// <param name="New">The generation that takes.</param>
/// <param name="Plan">How.</param>
/// <param name="Path">Where the new one connects.</param>
/// <param name="Signal">Sends a signal to the old one's main process.</param>
/// <param name="Run">Runs the plan's commands.</param>
internal sealed record HandoffOrder(
    int Old, int OldPid, int New, StateHandoffPlan Plan, string Path, Action<int> Signal, RunStateCommand Run)
{
    /// <summary>The same without signal and commands, which have no way to tell what has changed from the whole.</summary>
    public HandoffOrder OfProviderOnly() => this with { Plan = Plan with { Export = null, Signal = null, Import = null } };
}

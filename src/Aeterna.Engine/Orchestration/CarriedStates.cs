using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>
/// The state that the engine makes of a program that it knows and that has none of its own to give: which connections and messages go on in
/// the new process, and with what configuration. It is handed over by acting on it.
/// </summary>
internal static class CarriedStates
{
    /// <summary>The report of such a handoff; null when the program's own state is wanted, or nothing is known of it.</summary>
    public static HandoverReport? Of(Plan plan, ITraffic traffic, TimeProvider time)
    {
        var handoff = plan.Orchestration.StateHandoff;
        if (plan.Service.Profile.Summary is not { } summarize || !traffic.IsDirected || handoff is not { Enabled: true, Signal: null, Export: null, Import: null })
        {
            return null;
        }

        var (counts, summary) = (traffic.Counts(), summarize(plan.Service));
        var state = new CarriedState
        {
            ActiveConnections = counts.Connections,
            LogBufferBytes = counts.WaitingBytes,
            ConfigState = new CarriedConfiguration { Modules = summary.Modules, Rules = summary.Rules },
        };
        return new HandoverReport
        {
            Status = HandoverStatus.Success,
            Timestamp = time.GetUtcNow(),
            SizeBytes = counts.WaitingBytes + JsonSerializer.SerializeToUtf8Bytes(state, ContractJson.Default.CarriedState).Length,
            Carried = state,
        };
    }
}

using Aeterna.Contract;
using Aeterna.Orchestration.Machine;

namespace Aeterna.Orchestration;

/// <summary>What the machine is told when the work behind an effect broke in a way that nobody foresaw.</summary>
internal static class EffectFailure
{
    /// <summary>The failing answer of an effect; null for one that needs no answer.</summary>
    public static MachineEvent? Of(Effect effect, string why) => effect switch
    {
        ReadConfiguration e => new ConfigurationBad(e.Attempt, $"cannot read the configuration: {why}", []),
        InspectProgram e => new ProgramInspected(e.Attempt, $"cannot inspect the program: {why}", null, null),
        RunPreFlight e => new PreFlightEnded(e.Attempt, [new HookFailure("pre_flight", true, why)]),
        Launch e => new LaunchFailed(e.Generation, $"cannot start generation {e.Generation}: {why}"),
        AwaitReady e => new NotReady(e.Generation, why),
        WarmUp e => new WarmedUp(e.Generation),
        BeginHandoff e => new HandoffDone(e.New, new HandoverReport { Status = "failed", Detail = why }),
        BeginSoak e => new SoakEnded(e.Generation, $"cannot watch it: {why}"),
        BeginSwitch e => new SwitchEnded(e.From, e.To, new SwitchResult(SwitchOutcome.Refused, $"the switch broke: {why}")),
        RunHooks e => new HooksEnded(e.Attempt, [new HookFailure("post_process", false, why)]),
        Drain e => new Gone(e.Generation, $"cannot see it end: {why}", true),
        Discard e => new Gone(e.Generation, $"cannot see it end: {why}", true),
        _ => null,
    };
}

using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>Something that happened. A late or doubled one is allowed and changes nothing.</summary>
internal abstract record MachineEvent;

/// <summary>The engine is up: start the service.</summary>
/// <param name="Plan">Its plan.</param>
/// <param name="Outside">A daemon that the engine has not started, whose place it is to take; null: there is none.</param>
internal sealed record StartAsked(Plan Plan, Member? Outside = null) : MachineEvent;

/// <param name="Request">Who asked.</param>
/// <param name="Force">Failing pre-flight commands do not block.</param>
/// <param name="Queue">Follow what is under way in place of being refused.</param>
internal sealed record ReloadAsked(int Request, bool Force, bool Queue = false) : MachineEvent;

internal sealed record RollbackAsked(int Request, string RequestedBy) : MachineEvent;

/// <summary>The soak has been long enough: end it now, and well, if its last round of probes is good.</summary>
internal sealed record PromoteAsked(int Request, string RequestedBy) : MachineEvent;

internal sealed record StopAsked(int Request, bool Now) : MachineEvent;

/// <summary>The engine is to be replaced by another one, which goes on with the service.</summary>
internal sealed record UpgradeAsked(int Request) : MachineEvent
{
    /// <summary>Nothing is to be done but to write down how things stand: old generations may still be ending.</summary>
    public bool ForLedger { get; init; }
}

/// <summary>The engine goes on with the service of a predecessor, in place of a start.</summary>
/// <param name="State">As that left it.</param>
internal sealed record Carried(MachineState State) : MachineEvent;

/// <summary>Answers <see cref="ReadConfiguration"/>.</summary>
internal sealed record ConfigurationRead(int Attempt, Plan Plan, IReadOnlyList<Finding> Findings) : MachineEvent;

/// <summary>Answers <see cref="ReadConfiguration"/>.</summary>
internal sealed record ConfigurationBad(int Attempt, string Why, IReadOnlyList<Finding> Findings) : MachineEvent;

/// <summary>Answers <see cref="InspectProgram"/>.</summary>
/// <param name="Attempt">For which attempt.</param>
/// <param name="Problem">Why the program cannot be started; null when it can.</param>
/// <param name="Path">The file that the record names: the program's, or <c>service.binary_path</c>.</param>
/// <param name="Sha256">That file's hash.</param>
/// <param name="Traffic">How traffic is to move, where that can be told before it runs.</param>
/// <param name="Program">The file that is to be executed.</param>
internal sealed record ProgramInspected(
    int Attempt, string? Problem, string? Path, string? Sha256, TrafficChoice? Traffic = null, string? Program = null) : MachineEvent;

/// <summary>Answers <see cref="RunPreFlight"/>.</summary>
internal sealed record PreFlightEnded(int Attempt, IReadOnlyList<HookFailure> Failures) : MachineEvent;

/// <summary>Answers <see cref="Launch"/>.</summary>
internal sealed record Launched(int Generation, int Pid) : MachineEvent;

/// <summary>The main process of a generation has handed its work to another one of it.</summary>
internal sealed record MainMoved(int Generation, int Pid) : MachineEvent;

/// <summary>Answers <see cref="Launch"/>.</summary>
internal sealed record LaunchFailed(int Generation, string Why) : MachineEvent;

/// <summary>Answers <see cref="AwaitReady"/>.</summary>
/// <param name="Generation">Which one.</param>
/// <param name="Traffic">How traffic is to move to it; null: as it was said before.</param>
/// <param name="WaitsForState">It can go no further before the handoff, which is followed by the rest of its readiness.</param>
internal sealed record Ready(int Generation, TrafficChoice? Traffic = null, bool WaitsForState = false) : MachineEvent;

/// <summary>Answers <see cref="AwaitReady"/>, or <see cref="BeginHandoff"/> when the generation had waited for that.</summary>
internal sealed record NotReady(int Generation, string Why) : MachineEvent;

/// <summary>Answers <see cref="WarmUp"/>.</summary>
internal sealed record WarmedUp(int Generation) : MachineEvent;

/// <summary>Answers <see cref="BeginHandoff"/>.</summary>
internal sealed record HandoffDone(int Generation, HandoverReport Report, TrafficChoice? Traffic = null) : MachineEvent;

/// <summary>The first round of the soak under way in which every probe was good. Comes before its <see cref="SoakEnded"/>, if at all.</summary>
internal sealed record RoundPassed(int Generation) : MachineEvent;

/// <summary>Answers <see cref="BeginSoak"/>; <see cref="Failure"/> is null when it passed.</summary>
internal sealed record SoakEnded(int Generation, string? Failure) : MachineEvent;

/// <summary>Answers <see cref="BeginSwitch"/>.</summary>
internal sealed record SwitchEnded(int From, int To, SwitchResult Result) : MachineEvent;

/// <summary>Answers <see cref="Drain"/> and <see cref="Discard"/>: no process of the generation is left.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="How">How it ended, as in "exit code 0".</param>
/// <param name="Killed">It did not end within its time.</param>
internal sealed record Gone(int Generation, string How, bool Killed) : MachineEvent
{
    /// <summary>What became of the connections of a daemon that the engine had not started; null: it was none.</summary>
    public AdoptionReport? Adoption { get; init; }
}

/// <summary>Answers <see cref="RunHooks"/>.</summary>
internal sealed record HooksEnded(int Attempt, IReadOnlyList<HookFailure> Failures) : MachineEvent;

/// <summary>Answers <see cref="StartTimer"/>.</summary>
internal sealed record TimerFired(TimerKind Kind, int Key) : MachineEvent;

/// <summary>The main process of a generation ended.</summary>
internal sealed record Exited(int Generation, ProcessExit Exit) : MachineEvent
{
    /// <summary>Why, as far as it is known.</summary>
    public string? Why { get; init; }
}

/// <summary>A command of pre_flight or post_process that did not succeed.</summary>
internal sealed record HookFailure(string Name, bool Blocking, string Why)
{
    /// <summary>The last lines that it printed.</summary>
    public IReadOnlyList<string> Output { get; init; } = [];

    public override string ToString() => $"\"{Name}\": {Why}";
}

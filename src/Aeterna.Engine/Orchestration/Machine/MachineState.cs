using System.Collections.Immutable;
using Aeterna.Configuration;
using Aeterna.Generations;

namespace Aeterna.Orchestration.Machine;

/// <summary>All that the machine knows of the service. Never changes; each step makes a new one.</summary>
internal sealed record MachineState
{
    public Lifetime Lifetime { get; init; } = Lifetime.New;

    /// <summary>The attempt whose record is open, if any.</summary>
    public Attempt? Attempt { get; init; }

    /// <summary>The generation that serves.</summary>
    public Member? Active { get; init; }

    /// <summary>The generation that the attempt has launched; its pid is 0 until the launch is answered.</summary>
    public Member? Candidate { get; init; }

    /// <summary>
    /// The undo window: the generation before the active one, kept without traffic. Frozen, unless the engine directs the traffic of
    /// both anyway.
    /// </summary>
    public Member? Parked { get; init; }

    /// <summary>The switch that is under way. Until it is answered nothing else is done to the two generations.</summary>
    public PendingSwitch? Switch { get; init; }

    /// <summary>Ends of the two generations of <see cref="Switch"/>; they count once it is answered.</summary>
    public ImmutableList<Exited> Deferred { get; init; } = [];

    /// <summary>How traffic moves between generations, as the last attempt had it; null while nothing is known.</summary>
    public TrafficChoice? Traffic { get; init; }

    /// <summary>Generations that were told to end, or died, and whose end has not been reported yet.</summary>
    public ImmutableList<Member> Leaving { get; init; } = [];

    /// <summary>The generation that the active one took over from.</summary>
    public Departed? Replaced { get; init; }

    /// <summary>The last generation that died while it served.</summary>
    public Departed? LastDeath { get; init; }

    /// <summary>The plan of the generation that served last; null until one has.</summary>
    public Plan? ServedPlan { get; init; }

    public RestartState Restart { get; init; } = new();

    /// <summary>Number of generations that died while they served.</summary>
    public int Deaths { get; init; }

    /// <summary>A stop is to kill and not to drain.</summary>
    public bool KillAtOnce { get; init; }

    /// <summary>The engine's exit code, once <see cref="Lifetime"/> is <see cref="Lifetime.Ended"/>.</summary>
    public int ExitCode { get; init; }

    public int NextGeneration { get; init; } = 1;

    public int NextAttempt { get; init; } = 1;

    /// <summary>The generation that gets traffic when no other is active: with sequential traffic the candidate in its soak.</summary>
    public Member? Serving => Active ?? (Attempt is { Given: Share.All } ? Candidate : null);

    /// <summary>The state as the control API names it.</summary>
    public string FsmState => Lifetime switch
    {
        Lifetime.New => Contract.FsmState.Pending,
        Lifetime.Stopping => Contract.FsmState.Draining,
        Lifetime.Ended => ExitCode == 0 ? Contract.FsmState.Stopped : Contract.FsmState.Failed,
        _ when Attempt is not null => Name(Attempt.Step),
        _ when Active is not null => Contract.FsmState.Running,
        _ => Restart.Waiting ? Contract.FsmState.Pending : Contract.FsmState.Failed,
    };

    // Hooks count as draining: RUNNING promises that nothing is going on and that a reload would be taken.
    private static string Name(AttemptStep step) => step switch
    {
        AttemptStep.Reading or AttemptStep.Inspecting or AttemptStep.PreFlight => Contract.FsmState.PreChecking,
        AttemptStep.Launching or AttemptStep.AwaitingReady or AttemptStep.WarmingUp => Contract.FsmState.Starting,
        AttemptStep.HandingOff => Contract.FsmState.Handshaking,
        AttemptStep.Probing or AttemptStep.Switching or AttemptStep.Soaking or AttemptStep.SwitchingBack => Contract.FsmState.Soaking,
        _ => Contract.FsmState.Draining,
    };
}

/// <summary>The life of the service as a whole.</summary>
internal enum Lifetime
{
    /// <summary>The first start has not been asked for.</summary>
    New,
    Going,
    Stopping,

    /// <summary>Stopped, or the first start failed; nothing happens any more.</summary>
    Ended,
}

/// <summary>A generation as the machine knows it.</summary>
internal sealed record Member(int Number, int Pid, Plan Plan)
{
    public Standing Standing { get; init; }

    public override string ToString() => $"generation {Number} (pid {Pid})";
}

/// <summary>How a generation stands.</summary>
internal enum Standing
{
    Running,

    /// <summary>Frozen, with nothing in hand.</summary>
    Parked,

    /// <summary>Frozen in the middle of its work; what it had not read was taken back.</summary>
    CutOff,
}

/// <summary>How much of the service's traffic a candidate has.</summary>
internal enum Share
{
    None,

    /// <summary>A part beside the active generation.</summary>
    Part,

    /// <summary>All of it; the active generation is parked, or there is none.</summary>
    All,
}

/// <summary>A generation that is no more, or is about to go; then its exit is not known yet.</summary>
internal sealed record Departed(int Number, int Pid, ProcessExit? Exit);

/// <summary>Bringing back a generation that died by itself.</summary>
internal sealed record RestartState
{
    /// <summary>Restarts in a row, none of which served for <c>backoff.max</c>.</summary>
    public int InRow { get; init; }

    /// <summary>The policy wants a restart as soon as nothing else is going on.</summary>
    public bool Owed { get; init; }

    /// <summary>The backoff timer runs.</summary>
    public bool Waiting { get; init; }

    /// <summary>Number of the last timer, so that one that was cancelled too late is known as such.</summary>
    public int Timer { get; init; }
}

/// <summary>One attempt to bring a generation into service; its record is open as long as this exists.</summary>
internal sealed record Attempt(int Number, AttemptKind Kind)
{
    public AttemptStep Step { get; init; }

    /// <summary>The request that has not been answered yet.</summary>
    public int? Request { get; init; }

    /// <summary>Failing pre-flight commands do not block.</summary>
    public bool Forced { get; init; }

    /// <summary>Null until the configuration has been read.</summary>
    public Plan? Plan { get; init; }

    /// <summary>The generation whose place the candidate takes: it must bind what that one held. Null: there is none.</summary>
    public int? Predecessor { get; init; }

    /// <summary>The phase that is open in the record.</summary>
    public string? Phase { get; init; }

    /// <summary>How traffic moves; null until it is known.</summary>
    public TrafficChoice? Traffic { get; init; }

    /// <summary>What the candidate has of it.</summary>
    public Share Given { get; init; }

    /// <summary>Sequential: the old generation was told to end before the candidate was started.</summary>
    public bool Displaced { get; init; }

    /// <summary>Sequential: the candidate is the old command, started again.</summary>
    public bool Fallback { get; init; }

    /// <summary>Why it is to be given up as soon as what cannot be interrupted has ended.</summary>
    public string? Recall { get; init; }

    /// <summary>How it will end, once that is decided.</summary>
    public string? Verdict { get; init; }

    public string? Message { get; init; }

    /// <summary>The generation whose end <see cref="AttemptStep.Holding"/>, <see cref="AttemptStep.Draining"/> or <see cref="AttemptStep.RollingBack"/> waits for.</summary>
    public int? Awaited { get; init; }
}

internal enum AttemptKind
{
    Start,
    Reload,
    Restart,

    /// <summary>Back to the generation that is kept in the undo window.</summary>
    Rollback,
}

/// <summary>Where an attempt stands. Up to <see cref="Soaking"/> it can be undone; <see cref="Draining"/> is after the commit.</summary>
internal enum AttemptStep
{
    Reading,
    Inspecting,
    PreFlight,

    /// <summary>Sequential: the inputs are held, and the old generation is drained.</summary>
    Holding,
    Launching,
    AwaitingReady,
    WarmingUp,
    HandingOff,

    /// <summary>Exclusive: a round of probes without traffic.</summary>
    Probing,

    /// <summary>Exclusive: all traffic goes from the one generation to the other.</summary>
    Switching,
    Soaking,

    /// <summary>Exclusive: all traffic goes back.</summary>
    SwitchingBack,
    RollingBack,
    Draining,
    PostProcess,
}

using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>One attempt to bring a generation into service; its record is open as long as this exists.</summary>
internal sealed record Attempt(int Number, AttemptKind Kind)
{
    /// <summary>Set by the table alone.</summary>
    public AttemptStep Step { get; init; }

    /// <summary>The request that has not been answered yet.</summary>
    public int? Request { get; init; }

    /// <summary>Failing pre-flight commands do not block.</summary>
    public bool Forced { get; init; }

    /// <summary>What pre-flight found at a start, which is not blocked by it; null: nothing.</summary>
    public string? PassedOver { get; init; }

    /// <summary>Null until the configuration has been read.</summary>
    public Plan? Plan { get; init; }

    /// <summary>The file of the plan's program; null until it has been found.</summary>
    public string? Program { get; init; }

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

    /// <summary>Every probe was good in one round of the soak under way.</summary>
    public bool Proven { get; init; }

    /// <summary>Who has ended the soak before its time; null: nobody.</summary>
    public string? PromotedBy { get; init; }

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

    /// <summary>In the place of a daemon that the engine has not started.</summary>
    Adopt,
}

/// <summary>Where an attempt stands. What leads from one to the next is the table's; <see cref="Draining"/> is after the commit.</summary>
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

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
        AttemptStep.Soaking => Contract.FsmState.Soaking,
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
    public override string ToString() => $"generation {Number} (pid {Pid})";
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

    /// <summary>How it will end, once that is decided.</summary>
    public string? Verdict { get; init; }

    public string? Message { get; init; }

    /// <summary>The generation whose end <see cref="AttemptStep.Draining"/> or <see cref="AttemptStep.RollingBack"/> waits for.</summary>
    public int? Awaited { get; init; }
}

internal enum AttemptKind
{
    Start,
    Reload,
    Restart,
}

/// <summary>Where an attempt stands. Up to <see cref="Soaking"/> it can be undone; <see cref="Draining"/> is after the commit.</summary>
internal enum AttemptStep
{
    Reading,
    Inspecting,
    PreFlight,
    Launching,
    AwaitingReady,
    WarmingUp,
    HandingOff,
    Soaking,
    RollingBack,
    Draining,
    PostProcess,
}

using System.Collections.Immutable;
using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

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

    /// <summary>The reload that follows what is under way: whoever asked last, and forced if anybody wanted that.</summary>
    public ReloadAsked? Queued { get; init; }

    public RestartState Restart { get; init; } = new();

    /// <summary>Number of generations that died while they served.</summary>
    public int Deaths { get; init; }

    /// <summary>A stop is to kill and not to drain.</summary>
    public bool KillAtOnce { get; init; }

    /// <summary>The engine's exit code, once <see cref="Lifetime"/> is <see cref="Lifetime.Ended"/>.</summary>
    public int ExitCode { get; init; }

    /// <summary>The generation that the engine has not started: it keeps its sockets and goes on, unless it was told to end, or died. Null: there is none (any more).</summary>
    public int? Outside { get; init; }

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
        // Hooks count as draining: RUNNING promises that nothing is going on and that a reload would be taken.
        _ when Attempt is not null => ReloadMachine.WordOf(Attempt.Step),
        _ when Active is not null => Contract.FsmState.Running,
        _ => Restart.Waiting ? Contract.FsmState.Pending : Contract.FsmState.Failed,
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

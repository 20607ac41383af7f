namespace Aeterna.Contract;

/// <summary>The answer of <c>GET /v1/status</c>: one service, as it is at this moment.</summary>
public sealed record StatusReport
{
    /// <summary>Name of the service.</summary>
    public required string Service { get; init; }

    /// <summary>One of <see cref="Contract.FsmState"/>.</summary>
    public required string FsmState { get; init; }

    /// <summary>Process id of the active generation's main process; 0 when none serves.</summary>
    public int CurrentPid { get; init; }

    /// <summary>Process id of the retiring generation, or of the last one that was replaced; 0 when there is none.</summary>
    public int OldPid { get; init; }

    /// <summary>Process id of the candidate while a reload is under way.</summary>
    public int? CandidatePid { get; init; }

    /// <summary>Number of the active generation.</summary>
    public int? Generation { get; init; }

    /// <summary>How long the service has been served without a gap, as in <c>48h20m</c>; in whole seconds.</summary>
    public required string Uptime { get; init; }

    /// <summary>The same in whole seconds.</summary>
    public double UptimeSeconds { get; init; }

    /// <summary>What the last state handoff did.</summary>
    public required HandoverReport LastHandover { get; init; }

    /// <summary>The state handoff that is under way, if one is.</summary>
    public HandoverProgress? Handover { get; init; }

    /// <summary>Every generation with a process alive.</summary>
    public IReadOnlyList<GenerationReport> Generations { get; init => field = value ?? []; } = [];

    /// <summary>Every listener that the engine holds.</summary>
    public IReadOnlyList<ListenerReport> Listeners { get; init => field = value ?? []; } = [];

    /// <summary>The soak under way, if any.</summary>
    public SoakReport? Soak { get; init; }

    /// <summary>The undo window after a reload, while it lasts.</summary>
    public UndoReport? Undo { get; init; }

    /// <summary>Id of the reload under way, if any.</summary>
    public string? ReloadId { get; init; }

    /// <summary>How traffic moves between generations: <c>split</c>, <c>exclusive</c> or <c>sequential</c>.</summary>
    public string? Traffic { get; init; }

    /// <summary>Why <see cref="Traffic"/> was chosen.</summary>
    public string? TrafficReason { get; init; }

    /// <summary>What the engine carried over all listeners that it directs; null when there is none.</summary>
    public TrafficReport? Relay { get; init; }

    /// <summary>The last ended reload, start or restart.</summary>
    public ReloadRecord? LastReload { get; init; }

    /// <summary>The last time that the engine was replaced, or was to be; null: not since it was started.</summary>
    public UpgradeReport? LastUpgrade { get; init; }

    /// <summary>Number of unasked-for exits of the active generation since the engine started.</summary>
    public int Restarts { get; init; }

    /// <summary>Things an operator should know, such as configured features that this version lacks.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = value ?? []; } = [];

    /// <summary>Process id of the engine.</summary>
    public int EnginePid { get; init; }

    /// <summary>The engine's keeper; null: nobody keeps it.</summary>
    public KeeperReport? Keeper { get; init; }

    /// <summary>Version of the engine.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>Version of this contract; a client refuses one that it does not know.</summary>
    public int ContractVersion { get; init; } = Routes.ContractVersion;

    /// <summary>Absolute path of the configuration file.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>SHA-256 in hex of the configuration that the active generation was started with; null when none serves.</summary>
    public string? ConfigSha256 { get; init; }
}

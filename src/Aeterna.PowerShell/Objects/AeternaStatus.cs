using Aeterna.Contract;

namespace Aeterna.PowerShell;

/// <summary>One service, as it is at this moment.</summary>
public sealed class AeternaStatus
{
    internal AeternaStatus(StatusReport report, bool changed)
    {
        var name = Name = report.Service;
        State = report.FsmState;
        CurrentPid = report.CurrentPid;
        OldPid = report.OldPid;
        CandidatePid = report.CandidatePid;
        Generation = report.Generation;
        Uptime = TimeSpan.FromSeconds(report.UptimeSeconds);
        Restarts = report.Restarts;
        ReloadId = report.ReloadId;
        Traffic = report.Traffic;
        TrafficReason = report.TrafficReason;
        SoakRemaining = report.Soak is { } soak ? TimeSpan.FromSeconds(soak.RemainingSeconds) : null;
        UndoGeneration = report.Undo?.Generation;
        UndoRemaining = report.Undo is { } undo ? TimeSpan.FromSeconds(undo.RemainingSeconds) : null;
        LastHandover = new AeternaHandover(report.LastHandover);
        LastReload = report.LastReload is { } last ? new AeternaReload(last) : null;
        Generations = new TextList<AeternaGeneration>(report.Generations.Select(generation => new AeternaGeneration(generation, name)));
        Listeners = new TextList<AeternaListener>(report.Listeners.Select(listener => new AeternaListener(listener, name)));
        Warnings = new TextList<string>(report.Warnings, "; ");
        ConfigPath = report.ConfigPath;
        ConfigSha256 = report.ConfigSha256;
        EnginePid = report.EnginePid;
        KeeperPid = report.Keeper?.Pid;
        KeeperReady = report.Keeper?.Ready;
        EngineDeaths = report.Keeper?.Deaths;
        EngineVersion = report.EngineVersion;
        Changed = changed;
    }

    /// <summary>Name of the service.</summary>
    public string Name { get; }

    /// <summary>As in RUNNING, SOAKING, FAILED.</summary>
    public string State { get; internal set; }

    /// <summary>Main process of the active generation; 0 when none serves.</summary>
    public int CurrentPid { get; internal set; }

    /// <summary>CurrentPid, as the table calls it. (Not by a file of types: two copies of a module cannot both be loaded with one.)</summary>
    public int Pid => CurrentPid;

    /// <summary>Main process of the generation that retires, or was replaced last; 0 when there is none.</summary>
    public int OldPid { get; }

    /// <summary>Main process of the candidate of a reload under way.</summary>
    public int? CandidatePid { get; }

    /// <summary>Number of the active generation.</summary>
    public int? Generation { get; }

    /// <summary>The same, as the table calls it.</summary>
    public int? Gen => Generation;

    /// <summary>How long the service has been served without a gap, in whole seconds.</summary>
    public TimeSpan Uptime { get; }

    /// <summary>The same as a number.</summary>
    public double UptimeSeconds => Uptime.TotalSeconds;

    /// <summary>Exits of the active generation that nobody asked for.</summary>
    public int Restarts { get; }

    /// <summary>The reload under way.</summary>
    public string? ReloadId { get; }

    /// <summary>How traffic moves between generations.</summary>
    public string? Traffic { get; }

    /// <summary>Why so.</summary>
    public string? TrafficReason { get; }

    /// <summary>What is left of a soak.</summary>
    public TimeSpan? SoakRemaining { get; }

    /// <summary>The same as a number of seconds.</summary>
    public double? SoakRemainingSeconds => SoakRemaining?.TotalSeconds;

    /// <summary>Number of the generation to which Undo-AeternaReload goes back, in the undo window.</summary>
    public int? UndoGeneration { get; }

    /// <summary>What is left of the undo window.</summary>
    public TimeSpan? UndoRemaining { get; }

    /// <summary>The same as a number of seconds.</summary>
    public double? UndoRemainingSeconds => UndoRemaining?.TotalSeconds;

    /// <summary>The last state handoff.</summary>
    public AeternaHandover LastHandover { get; }

    /// <summary>The last attempt that has ended.</summary>
    public AeternaReload? LastReload { get; }

    /// <summary>Generations with a process alive.</summary>
    public IReadOnlyList<AeternaGeneration> Generations { get; internal set; }

    /// <summary>Sockets that the engine holds.</summary>
    public IReadOnlyList<AeternaListener> Listeners { get; internal set; }

    /// <summary>What an operator should know.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The configuration file.</summary>
    public string ConfigPath { get; }

    /// <summary>SHA-256 of the configuration that the active generation was started with; absent when none serves.</summary>
    public string? ConfigSha256 { get; }

    /// <summary>The engine's process.</summary>
    public int EnginePid { get; }

    /// <summary>The process that stays when the engine dies; absent: there is none.</summary>
    public int? KeeperPid { get; }

    /// <summary>If the engine dies now, another one goes on with the service; absent without a keeper.</summary>
    public bool? KeeperReady { get; }

    /// <summary>How often an engine has died and another one has gone on; absent without a keeper.</summary>
    public int? EngineDeaths { get; }

    /// <summary>The engine's version.</summary>
    public string EngineVersion { get; }

    /// <summary>Whether the command that gave this object has changed something.</summary>
    public bool Changed { get; internal set; }
}

/// <summary>What a state handoff did.</summary>
public sealed class AeternaHandover
{
    internal AeternaHandover(HandoverReport report)
    {
        Status = report.Status;
        Timestamp = report.Timestamp;
        Size = report.SizeBytes;
        Detail = report.Detail;
    }

    /// <summary>success, none or failed.</summary>
    public string Status { get; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Timestamp { get; }

    /// <summary>Bytes of state carried.</summary>
    public long Size { get; }

    /// <summary>Why it failed or carried nothing.</summary>
    public string? Detail { get; }

    /// <inheritdoc/>
    public override string ToString() => Status;
}

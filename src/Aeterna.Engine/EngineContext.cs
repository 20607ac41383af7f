using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Keeper;
using Aeterna.Listeners;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging;

namespace Aeterna;

/// <summary>What one engine runs with.</summary>
internal sealed record EngineContext
{
    /// <summary>Of the newest records, which the disk may not have yet.</summary>
    private const int RecordsKept = 16;

    /// <summary>The plan that the engine starts with.</summary>
    public required Plan Plan { get; init; }

    public required EnginePaths Paths { get; init; }

    /// <summary>The process id of a running daemon whose place the service takes; null: there is none.</summary>
    public int? Adopt { get; init; }

    /// <summary>Version of the engine, for the status.</summary>
    public required string Version { get; init; }

    /// <summary>Reads the configuration file anew, for a reload.</summary>
    public required Func<LoadResult> Load { get; init; }

    public required EngineJournal Journal { get; init; }

    public required EngineInstruments Instruments { get; init; }

    /// <summary>Adds lasting warnings to the status.</summary>
    public required EngineNotices Notices { get; init; }

    public required ILoggerFactory Logs { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>What the engine has beside the service, for a successor; its own program is open under the number that is given.</summary>
    public required Func<int, OwnState> Own { get; init; }

    /// <summary>The path of its own program.</summary>
    public required string ProgramPath { get; init; }

    /// <summary>A predecessor whose service is gone on with; null: the service is started.</summary>
    public EngineState? Before { get; init; }

    /// <summary>The predecessor has died, and has handed nothing over.</summary>
    public bool IsRecovery { get; init; }

    /// <summary>What became of the relayed connections of a predecessor that has died; null: there were none.</summary>
    public string? Connections { get; set; }

    /// <summary>Descriptors of those that have ended, to be closed when this engine's own ledger is written.</summary>
    public IReadOnlyCollection<int> Unneeded { get; set; } = [];

    /// <summary>How often an engine of the service has died and was gone on for.</summary>
    public int Deaths { get; init; }

    /// <summary>Why a reload has to be forced; null: it need not be.</summary>
    public string? WhyNoReload { get; init; }

    /// <summary>To be called when <see cref="Before"/> is taken over, and nothing has moved yet.</summary>
    public Action IsUp { get; init; } = () => { };

    /// <summary>Puts all together that another engine needs to go on in the place of this one.</summary>
    /// <param name="program">This program, open.</param>
    /// <param name="upgrade">What was asked for.</param>
    /// <param name="bytes">What is held of clients' bytes.</param>
    /// <param name="service">The service.</param>
    /// <param name="listeners">The held sockets.</param>
    /// <param name="generation">The generation that serves.</param>
    public EngineState Describe(int program, UpgradeState upgrade, int bytes, ServiceState service, ListenersState listeners, GenerationState generation) => new()
    {
        Upgrade = upgrade,
        Own = Own(program),
        Bytes = bytes,
        Service = service,
        Listeners = listeners,
        Generation = generation,
        Counts = Instruments.Counts(),
        LastEvent = Journal.LastEvent,
        Records = [.. Journal.Records().Take(RecordsKept)],
    };

    /// <summary>What it has of its keeper; null: nobody keeps it.</summary>
    public Keeping? Keeping { get; init; }

    /// <summary>The last upgrade of the engine, for the status.</summary>
    public LastUpgrade LastUpgrade { get; init; } = new();
}

/// <summary>The last upgrade of the engine; null: there was none. From any thread.</summary>
internal sealed class LastUpgrade
{
    private volatile UpgradeReport? _report;

    public UpgradeReport? Report
    {
        get => _report;
        set => _report = value;
    }
}

/// <summary>What <c>aeterna start</c> or <c>aeterna adopt</c> was asked for.</summary>
/// <param name="ConfigPath">The configuration file as it was named.</param>
/// <param name="Background">The process is to leave the terminal and log to <c>engine.log</c>.</param>
/// <param name="Adopt">The process id that <c>aeterna adopt</c> names; null: nothing is adopted.</param>
internal sealed record EngineStart(string ConfigPath, bool Background, int? Adopt = null);

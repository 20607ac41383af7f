using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Keeper;
using Aeterna.Machine.Plans;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging;

namespace Aeterna;

/// <summary>What one engine runs with.</summary>
internal sealed record EngineContext
{
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

    /// <summary>To be called when <see cref="Before"/> is taken over, and nothing has moved yet.</summary>
    public Action IsUp { get; init; } = () => { };

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

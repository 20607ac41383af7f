using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Orchestration;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging;

namespace Aeterna;

/// <summary>A configuration file as it was read: the plan, or findings of which at least one is an error.</summary>
internal sealed record LoadedPlan(Plan? Plan, IReadOnlyList<Finding> Findings);

/// <summary>The rooms that the engine is put together from.</summary>
/// <param name="Load">Reads a configuration file; never throws.</param>
/// <param name="Check">All findings about a configuration file on this machine.</param>
/// <param name="Orchestrator">
/// Makes the orchestrator, which starts the service by itself. It is disposed after its completion if it is disposable.
/// </param>
internal sealed record EngineParts(
    Func<string, LoadedPlan> Load, Func<string, IReadOnlyList<Finding>> Check, Func<EngineContext, IOrchestrator> Orchestrator);

/// <summary>What one engine runs with.</summary>
internal sealed record EngineContext
{
    /// <summary>The plan that the engine starts with.</summary>
    public required Plan Plan { get; init; }

    public required EnginePaths Paths { get; init; }

    /// <summary>Version of the engine, for the status.</summary>
    public required string Version { get; init; }

    /// <summary>Reads the configuration file anew, for a reload.</summary>
    public required Func<LoadedPlan> Load { get; init; }

    public required IEngineJournal Journal { get; init; }

    public required EngineInstruments Instruments { get; init; }

    /// <summary>Adds lasting warnings to the status.</summary>
    public required EngineNotices Notices { get; init; }

    public required ILoggerFactory Logs { get; init; }

    public required TimeProvider Time { get; init; }
}

/// <summary>What <c>aeterna start</c> was asked for.</summary>
/// <param name="ConfigPath">The configuration file as it was named.</param>
/// <param name="Background">The process is to leave the terminal and log to <c>engine.log</c>.</param>
internal sealed record EngineStart(string ConfigPath, bool Background);

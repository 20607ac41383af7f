using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration.Switching;
using Aeterna.StateHandoff;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging;

namespace Aeterna.Orchestration;

/// <summary>What the orchestrator is made of.</summary>
internal sealed record OrchestratorOptions
{
    /// <summary>The plan of the first start.</summary>
    public required Plan FirstPlan { get; init; }

    /// <summary>Reads the configuration file anew. Called on a thread of the pool, once for each reload.</summary>
    public required Func<PlanReading> ReadPlan { get; init; }

    public required IGenerationHost Host { get; init; }

    public required ICommandRunner Commands { get; init; }

    /// <summary>Runs export and import commands; null: the plan has none.</summary>
    public IPipedCommandRunner? PipedCommands { get; init; }

    /// <summary>Carries state; null: nobody has any.</summary>
    public StateCoordinator? State { get; init; }

    public required IListenerTable Listeners { get; init; }

    /// <summary>The inputs, as far as the engine directs them.</summary>
    public ITraffic Traffic { get; init; } = new NoTraffic();

    public required IEngineJournal Journal { get; init; }

    public required ILogger Logger { get; init; }

    public required string EngineVersion { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What an operator should know of a plan in force, as of features that it asks for and this version lacks.</summary>
    public Func<Plan, IReadOnlyList<string>> Warnings { get; init; } = _ => [];

    /// <summary>Looks up an environment variable of the engine.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>The daemon whose place the first generation takes; null: there is none.</summary>
    public OutsideService? Outside { get; init; }

    /// <summary>The last upgrade of the engine; null: there was none.</summary>
    public Func<UpgradeReport?> LastUpgrade { get; init; } = () => null;

    /// <summary>The engine's keeper, for the status.</summary>
    public Func<KeeperReport?> Keeper { get; init; } = () => null;

    /// <summary>Why a reload has to be forced; null: it need not be.</summary>
    public string? WhyNoReload { get; init; }

    /// <summary>Who asked for the first start, for its record.</summary>
    public string StartedBy { get; init; } = "engine";
}

/// <summary>A configuration file as it was just read.</summary>
/// <param name="Plan">The plan; null when it is bad.</param>
/// <param name="Findings">What is wrong, or to be known.</param>
internal sealed record PlanReading(Plan? Plan, IReadOnlyList<Finding> Findings);

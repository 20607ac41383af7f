using Aeterna.Contract;
using Aeterna.Machine;

namespace Aeterna.Orchestration;

/// <summary>A service with one generation, at which nothing is under way, as plain data for a successor of this engine.</summary>
internal sealed record ServiceState
{
    /// <summary>The configuration that is served: the file as it was read.</summary>
    public required string SourcePath { get; init; }

    public required string SourceSha256 { get; init; }

    public required string SourceText { get; init; }

    /// <summary>The generation.</summary>
    public required int Generation { get; init; }

    /// <summary>Its main process.</summary>
    public required int Pid { get; init; }

    /// <summary>How traffic moved at the last attempt; null while nothing is known.</summary>
    public TrafficChoice? Traffic { get; init; }

    public Departed? Replaced { get; init; }

    public Departed? LastDeath { get; init; }

    public required int Deaths { get; init; }

    public required int NextGeneration { get; init; }

    public required int NextAttempt { get; init; }

    public required int RestartsInRow { get; init; }

    public required int RestartTimer { get; init; }

    /// <summary>Since when the service has been served without a gap (CLOCK_MONOTONIC, as <see cref="System.Diagnostics.Stopwatch"/> has it).</summary>
    public required long ServedSince { get; init; }

    public required HandoverReport Handover { get; init; }

    /// <summary>The id of the last record; null: there is none.</summary>
    public string? LastRecord { get; init; }
}

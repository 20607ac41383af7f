namespace Aeterna.Contract;

/// <summary>The undo window: the generation before is kept and can serve again at once (<see cref="Routes.Rollback"/>).</summary>
public sealed record UndoReport
{
    /// <summary>Number of the generation that is kept.</summary>
    public required int Generation { get; init; }

    /// <summary>Its main process.</summary>
    public required int Pid { get; init; }

    /// <summary>When the window ends.</summary>
    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>Seconds left.</summary>
    public double RemainingSeconds { get; init; }
}

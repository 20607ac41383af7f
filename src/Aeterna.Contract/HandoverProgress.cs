namespace Aeterna.Contract;

/// <summary>A state handoff that is under way.</summary>
public sealed record HandoverProgress
{
    /// <summary><c>snapshot</c> (before the soak) or <c>final</c> (at the drain).</summary>
    public required string Phase { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Bytes of state carried so far.</summary>
    public long SizeBytes { get; init; }
}

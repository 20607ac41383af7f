namespace Aeterna.Contract;

/// <summary>What a state handoff did.</summary>
public sealed record HandoverReport
{
    /// <summary><c>success</c>, <c>none</c> (nobody had state to give) or <c>failed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>Bytes of state carried.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Why it failed or carried nothing.</summary>
    public string? Detail { get; init; }

    /// <summary>No handoff has been tried.</summary>
    public static HandoverReport None { get; } = new() { Status = "none" };
}

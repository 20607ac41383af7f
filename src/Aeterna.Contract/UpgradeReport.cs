namespace Aeterna.Contract;

/// <summary>An engine was replaced by another one while the service went on, or could not be.</summary>
public sealed record UpgradeReport
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>When the new engine went on, or the old one had to.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Version of the engine that was there.</summary>
    public required string From { get; init; }

    /// <summary>Version of the engine that was to take its place.</summary>
    public required string To { get; init; }

    /// <summary><see cref="Verdict.Succeeded"/>, <see cref="Verdict.RolledBack"/> (the old program went on) or <see cref="Verdict.Failed"/> (nothing was done).</summary>
    public required string Verdict { get; init; }

    /// <summary>Why it did not come about; null when it did.</summary>
    public string? Reason { get; init; }

    /// <summary>Who asked.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>For how long the engine carried nothing, in milliseconds.</summary>
    public double PausedMs { get; init; }
}

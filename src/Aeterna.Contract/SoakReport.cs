namespace Aeterna.Contract;

/// <summary>A soak under way or ended.</summary>
public sealed record SoakReport
{
    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ends if nothing goes wrong.</summary>
    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>Seconds left; 0 when it is over.</summary>
    public double RemainingSeconds { get; init; }

    /// <summary>Every probe with its last result.</summary>
    public IReadOnlyList<ProbeReport> Probes { get; init => field = value ?? []; } = [];
}

/// <summary>One probe of a soak: a health check, liveness, or a resource limit.</summary>
public sealed record ProbeReport
{
    /// <summary>Its name, as in <c>http_get http://localhost:8080/health</c>, <c>process</c> or <c>limit rss</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the last run was good; null before the first.</summary>
    public bool? Healthy { get; init; }

    /// <summary>What the last run said: <c>200 in 3 ms</c>, <c>connection refused</c>, <c>1.3x of 2x</c>.</summary>
    public string? Detail { get; init; }

    /// <summary>Runs so far.</summary>
    public int Runs { get; init; }

    /// <summary>Failures in a row up to now.</summary>
    public int ConsecutiveFailures { get; init; }

    /// <summary>Failures in a row that end the soak.</summary>
    public int FailureThreshold { get; init; } = 1;
}

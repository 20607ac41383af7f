namespace Aeterna.Health;

/// <summary>One way to ask a candidate whether it is well.</summary>
internal interface IProbe
{
    /// <summary>As in <c>http_get http://localhost:8080/health</c>.</summary>
    string Name { get; }

    /// <summary>Failures in a row that end the soak.</summary>
    int FailureThreshold { get; }

    /// <summary>It is asked once more at the end of a soak, whatever its last answer.</summary>
    bool HasLastWord => false;

    /// <summary>Asks once, within the probe's own timeout.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    Task<ProbeResult> Run(CancellationToken cancel);
}

/// <summary>What one run of a probe said.</summary>
/// <param name="Healthy">It was good.</param>
/// <param name="Detail">As in <c>200 in 3 ms</c> or <c>connection refused</c>.</param>
internal sealed record ProbeResult(bool Healthy, string Detail)
{
    public static ProbeResult Good(string detail) => new(true, detail);

    public static ProbeResult Bad(string detail) => new(false, detail);
}

using Aeterna.Listeners.Traffic;

namespace Aeterna.Health;

/// <summary>
/// <c>connections</c>: what it is given it keeps. Always part of a soak on live traffic: a program that refuses its clients, since it trusts none of them any more or expects
/// another protocol, lives, reads, and rests.
/// </summary>
/// <param name="candidate">The connections that it got.</param>
/// <param name="active">Those that the generation before it got, for as long as the engine knows it.</param>
internal sealed class ConnectionsProbe(Func<ConnectionCounts> candidate, Func<ConnectionCounts> active) : IProbe
{
    /// <inheritdoc/>
    public string Name => "connections";

    /// <inheritdoc/>
    public int FailureThreshold => 1;

    /// <inheritdoc/>
    public bool HasLastWord => true;

    /// <inheritdoc/>
    public Task<ProbeResult> Run(CancellationToken cancel) =>
        Task.FromResult(ConnectionsJudge.Fault(candidate(), active()) is { } fault ? ProbeResult.Bad(fault) : ProbeResult.Good("it keeps the connections that it is given"));
}

namespace Aeterna.Health;

/// <summary><c>process</c>: the main process is alive. Always part of a soak.</summary>
/// <param name="death">Says how it ended, as in "ended with exit code 1"; null while it lives.</param>
internal sealed class ProcessProbe(Func<string?> death) : IProbe
{
    public string Name => "process";

    public int FailureThreshold => 1;

    public Task<ProbeResult> Run(CancellationToken cancel) =>
        Task.FromResult(death() is { } how ? ProbeResult.Bad(how) : ProbeResult.Good("alive"));
}

namespace Aeterna.Health;

/// <summary><c>process</c>: the main process is alive. Always part of a soak.</summary>
/// <param name="death">Says how it ended, or null while it lives.</param>
internal sealed class ProcessProbe(Func<string?> death) : IProbe
{
    public string Name => "process";

    public int FailureThreshold => 1;

    public Task<ProbeResult> Run(CancellationToken cancel) =>
        Task.FromResult(death() is { } how ? ProbeResult.Bad($"ended with {how}") : ProbeResult.Good("alive"));
}

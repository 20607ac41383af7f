namespace Aeterna.Health;

/// <summary>What the candidate and the active generation use, at one moment.</summary>
/// <param name="At">When, on a clock that only goes forward.</param>
/// <param name="Candidate">The new one.</param>
/// <param name="Active">The one that it is compared with.</param>
internal sealed record UsageSample(TimeSpan At, Usage Candidate, Usage Active);

/// <summary>What one generation uses.</summary>
/// <param name="RssBytes">Resident memory.</param>
/// <param name="Cpu">Processor time so far.</param>
/// <param name="Fds">Open descriptors.</param>
internal readonly record struct Usage(long RssBytes, TimeSpan Cpu, int Fds);

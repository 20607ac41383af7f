namespace Aeterna.Contract;

/// <summary>One generation with a process alive.</summary>
public sealed record GenerationReport
{
    /// <summary>Its number, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>
    /// <c>active</c>, <c>candidate</c>, <c>retiring</c>, or <c>parked</c>: kept without traffic so that it can come back at once. With
    /// exclusive traffic the active one stands still, without traffic, while the candidate soaks.
    /// </summary>
    public required string Role { get; init; }

    /// <summary>Process id of its main process.</summary>
    public required int Pid { get; init; }

    /// <summary>
    /// Its share of new connections and datagrams in percent, as the engine directs them; 0 for one that stands still. Null: the sockets are shared,
    /// and the kernel alone chooses between several generations.
    /// </summary>
    public int? TrafficPercent { get; init; }

    /// <summary>When it was started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>What it lacks to be ready while its start is waited for, as in <c>tcp://0.0.0.0:514 is not bound</c>; else null.</summary>
    public string? Lacks { get; init; }

    /// <summary>Number of its processes.</summary>
    public int Processes { get; init; }

    /// <summary>Resident memory of all its processes, in bytes.</summary>
    public long RssBytes { get; init; }

    /// <summary>Processor time of all its processes, in seconds.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Open descriptors of all its processes.</summary>
    public int Fds { get; init; }

    /// <summary>The last STATUS= that it sent, if any.</summary>
    public string? NotifyStatus { get; init; }
}

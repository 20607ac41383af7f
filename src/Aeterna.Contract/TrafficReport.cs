namespace Aeterna.Contract;

/// <summary>What the engine carried from clients to generations: over one listener, or over all that it directs.</summary>
public sealed record TrafficReport
{
    /// <summary>Open client connections.</summary>
    public long Connections { get; init; }

    /// <summary>Client connections since the engine began to hold the listener.</summary>
    public long Accepted { get; init; }

    /// <summary>Frames and datagrams that came in through the engine. What the kernel steers past it is not counted.</summary>
    public long FramesIn { get; init; }

    /// <summary>Their bytes.</summary>
    public long BytesIn { get; init; }

    /// <summary>Connections that went on to another generation.</summary>
    public long Moved { get; init; }

    /// <summary>Bytes that wait in the engine at this moment.</summary>
    public long WaitingBytes { get; init; }

    /// <summary>Frames and datagrams that the engine had to drop; the log says why.</summary>
    public long Lost { get; init; }

    /// <summary>What each generation got that is still there.</summary>
    public IReadOnlyList<GivenReport> Given { get; init => field = value ?? []; } = [];
}

/// <summary>What one generation got.</summary>
public sealed record GivenReport
{
    /// <summary>Its number.</summary>
    public required int Generation { get; init; }

    /// <summary>Frames and datagrams.</summary>
    public long Frames { get; init; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; init; }
}

namespace Aeterna.Contract;

/// <summary>What a state handoff did.</summary>
public sealed record HandoverReport
{
    /// <summary>One of <see cref="HandoverStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>Bytes of state carried.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Why it failed or carried nothing.</summary>
    public string? Detail { get; init; }

    /// <summary>What the engine itself carried for a program that it knows; null when the program's own state was carried, or none.</summary>
    public CarriedState? Carried { get; init; }

    /// <summary>No handoff has been tried.</summary>
    public static HandoverReport None { get; } = new() { Status = HandoverStatus.None };
}

/// <summary>State of a known program that the engine makes and hands over by acting on it: the connections and messages go on in the new process.</summary>
public sealed record CarriedState
{
    /// <summary>Client connections that go on in the new process.</summary>
    public long ActiveConnections { get; init; }

    /// <summary>Bytes of messages that the old process had not been given, or not read, at the handoff.</summary>
    public long LogBufferBytes { get; init; }

    /// <summary>What the program's configuration says.</summary>
    public CarriedConfiguration? ConfigState { get; init; }
}

/// <summary>What a program's own configuration says, as the new process reads it.</summary>
public sealed record CarriedConfiguration
{
    /// <summary>Modules that it loads.</summary>
    public IReadOnlyList<string> Modules { get; init => field = value ?? []; } = [];

    /// <summary>Number of rules and actions.</summary>
    public int Rules { get; init; }
}

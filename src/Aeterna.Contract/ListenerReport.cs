namespace Aeterna.Contract;

/// <summary>One socket that the engine holds on behalf of all generations.</summary>
public sealed record ListenerReport
{
    /// <summary>Its name: the configured one, or its address.</summary>
    public required string Name { get; init; }

    /// <summary>Its address, as in <c>tcp://0.0.0.0:514</c> or <c>unixgram:///dev/log</c>.</summary>
    public required string Address { get; init; }

    /// <summary><c>shared</c>, <c>inherit</c>, <c>steered</c> or <c>relay</c>.</summary>
    public required string Handoff { get; init; }

    /// <summary><c>bound</c>, or <c>listening</c> for a stream after listen(2). One that was released is not listed any more.</summary>
    public required string State { get; init; }

    /// <summary>Numbers of the generations that have it.</summary>
    public IReadOnlyList<int> Generations { get; init => field = value ?? []; } = [];

    /// <summary>Length of the accept queue that was asked of the kernel; streams only.</summary>
    public int? Backlog { get; init; }

    /// <summary>Receive buffer in bytes, as the kernel counts it; datagram sockets only.</summary>
    public int? ReceiveBufferBytes { get; init; }

    /// <summary>How its streams are cut into messages, in the words of <c>service.listeners[].framing</c>; null when the engine does not carry them.</summary>
    public string? Framing { get; init; }

    /// <summary>Why its streams are carried as they come, and so do not go on to another generation, although the program has messages; null otherwise.</summary>
    public string? FramingReason { get; init; }

    /// <summary>What the engine carried over it; null when the generations share the socket.</summary>
    public TrafficReport? Traffic { get; init; }
}

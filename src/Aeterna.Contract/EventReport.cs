namespace Aeterna.Contract;

/// <summary>One line of <c>GET /v1/events</c>.</summary>
public sealed record EventReport
{
    /// <summary>Counts up from 1 in one run of the engine.</summary>
    public required long Id { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>One of <see cref="EventType"/>.</summary>
    public required string Type { get; init; }

    /// <summary>What happened, in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The service's state right after it.</summary>
    public string? FsmState { get; init; }

    /// <summary>The reload that it belongs to.</summary>
    public string? ReloadId { get; init; }

    /// <summary>The generation that it is about.</summary>
    public int? Generation { get; init; }

    /// <summary>The process that it is about.</summary>
    public int? Pid { get; init; }

    /// <summary>With <see cref="EventType.Probe"/>: the probe and its result.</summary>
    public ProbeReport? Probe { get; init; }

    /// <summary>With <see cref="EventType.Handover"/>, while state is carried: how far it is.</summary>
    public HandoverProgress? Handover { get; init; }

    /// <summary>With <see cref="EventType.Finished"/>: the whole record.</summary>
    public ReloadRecord? Record { get; init; }
}

/// <summary>The kinds of <see cref="EventReport"/>.</summary>
public static class EventType
{
    /// <summary>The service's state changed.</summary>
    public const string State = "state";

    /// <summary>A phase of a reload began or ended.</summary>
    public const string Phase = "phase";

    /// <summary>A probe ran in a soak.</summary>
    public const string Probe = "probe";

    /// <summary>A process started, became ready or ended.</summary>
    public const string Process = "process";

    /// <summary>A listener was captured, given to a generation or released.</summary>
    public const string Listener = "listener";

    /// <summary>State was carried, or was not.</summary>
    public const string Handover = "handover";

    /// <summary>Who gets the traffic has changed.</summary>
    public const string Traffic = "traffic";

    /// <summary>The engine was replaced by another one, or was to be.</summary>
    public const string Upgrade = "upgrade";

    /// <summary>An attempt ended; carries its record.</summary>
    public const string Finished = "finished";
}

using Aeterna.Contract;

namespace Aeterna.PowerShell;

/// <summary>Something that happened in a reload: mostly in its soak.</summary>
public sealed class AeternaSoakEvent
{
    internal AeternaSoakEvent(EventReport report, StatusReport status)
    {
        Time = report.Time;
        Name = status.Service;
        ReloadId = report.ReloadId;
        State = report.FsmState;
        Kind = KindOf(report);
        Message = report.Message;
        Generation = report.Generation;
        Pid = report.Pid;
        Probe = report.Probe?.Name;
        Healthy = report.Probe?.Healthy;
        Detail = report.Probe?.Detail;
        Failures = report.Probe?.ConsecutiveFailures;
        FailureThreshold = report.Probe?.FailureThreshold;
        Remaining = status.Soak is { } soak && soak.EndsAt > report.Time ? soak.EndsAt - report.Time : null;
        Traffic = status.Traffic;
        Verdict = report.Record?.Verdict;
    }

    /// <summary>When.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>Name of the service.</summary>
    public string Name { get; }

    /// <summary>The reload.</summary>
    public string? ReloadId { get; }

    /// <summary>The service's state right after it.</summary>
    public string? State { get; }

    /// <summary>probe, resource (a limit on memory, processor or descriptors), state, phase, process, listener or verdict.</summary>
    public string Kind { get; }

    /// <summary>What happened.</summary>
    public string Message { get; }

    /// <summary>The same, as the table calls it.</summary>
    public string What => Message;

    /// <summary>The generation that it is about.</summary>
    public int? Generation { get; }

    /// <summary>The process that it is about.</summary>
    public int? Pid { get; }

    /// <summary>The probe's name.</summary>
    public string? Probe { get; }

    /// <summary>Whether the probe's last run was good.</summary>
    public bool? Healthy { get; }

    /// <summary>What the probe's last run said.</summary>
    public string? Detail { get; }

    /// <summary>Failures in a row.</summary>
    public int? Failures { get; }

    /// <summary>Failures in a row that end the soak.</summary>
    public int? FailureThreshold { get; }

    /// <summary>What is left of the soak.</summary>
    public TimeSpan? Remaining { get; }

    /// <summary>The same as a number of seconds.</summary>
    public double? RemainingSeconds => Remaining?.TotalSeconds;

    /// <summary>Remaining, as the table calls it.</summary>
    public TimeSpan? Left => Remaining;

    /// <summary>How traffic moves between the generations.</summary>
    public string? Traffic { get; }

    /// <summary>With the last event: how it ended.</summary>
    public string? Verdict { get; }

    private static string KindOf(EventReport report) => report switch
    {
        { Type: EventType.Finished } => "verdict",
        { Probe: { } probe } when probe.Name.StartsWith("limit ", StringComparison.Ordinal) => "resource",
        _ => report.Type,
    };
}

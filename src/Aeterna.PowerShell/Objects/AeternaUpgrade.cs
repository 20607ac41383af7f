using Aeterna.Contract;

namespace Aeterna.PowerShell;

/// <summary>An engine was replaced by another one while its service went on, or could not be.</summary>
public sealed class AeternaUpgrade
{
    internal AeternaUpgrade(string service, UpgradeReport report)
    {
        (Name, Id, Timestamp, From, To) = (service, report.Id, report.Timestamp, report.From, report.To);
        (Verdict, Reason, RequestedBy, Paused) = (report.Verdict, report.Reason, report.RequestedBy, TimeSpan.FromMilliseconds(report.PausedMs));
    }

    internal AeternaUpgrade(string service, UpgradeAccepted accepted) => (Name, Id, From, To) = (service, accepted.Id, accepted.From, accepted.To);

    /// <summary>The service.</summary>
    public string Name { get; }

    /// <summary>The upgrade's id.</summary>
    public string Id { get; }

    /// <summary>Version of the engine that was there.</summary>
    public string From { get; }

    /// <summary>Version of the engine that was to take its place.</summary>
    public string To { get; }

    /// <summary>succeeded, rolled_back (the program of before went on) or failed; absent while it is under way.</summary>
    public string? Verdict { get; }

    /// <summary>Why it did not come about.</summary>
    public string? Reason { get; }

    /// <summary>For how long the engine carried nothing.</summary>
    public TimeSpan? Paused { get; }

    /// <summary>When the one or the other went on.</summary>
    public DateTimeOffset? Timestamp { get; }

    /// <summary>Who asked.</summary>
    public string? RequestedBy { get; }

    /// <summary>Another engine is there than before.</summary>
    public bool Changed => Verdict == Contract.Verdict.Succeeded;
}

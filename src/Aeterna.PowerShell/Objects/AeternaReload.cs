using Aeterna.Contract;

namespace Aeterna.PowerShell;

/// <summary>One attempt to start, replace or restart a service, or to go back.</summary>
public sealed class AeternaReload
{
    internal AeternaReload(ReloadRecord record)
    {
        Id = record.Id;
        Number = record.Number;
        Name = record.Service;
        Kind = record.Kind;
        Verdict = record.Verdict;
        Message = record.Message;
        Output = new TextList<string>(record.Output, Environment.NewLine);
        Reason = record.Reason;
        RequestedBy = record.RequestedBy;
        PromotedBy = record.PromotedBy;
        RequestedAt = record.RequestedAt;
        FinishedAt = record.FinishedAt;
        Duration = Span(record.DurationMs);
        OldPid = record.OldPid;
        NewPid = record.NewPid;
        OldGeneration = record.OldGeneration;
        NewGeneration = record.NewGeneration;
        Paused = Span(record.PausedMs);
        FramesMoved = record.FramesMoved;
        FramesIn = record.TrafficCounts?.FramesIn;
        FramesToOld = GivenTo(record, record.OldGeneration);
        FramesToNew = GivenTo(record, record.NewGeneration);
        Phases = new TextList<AeternaPhase>(record.Phases.Select(phase => new AeternaPhase(phase)));
        ConnectionsKept = record.Adoption?.Kept;
        ConnectionsClosed = record.Adoption?.Closed;
        OldExit = record.OldExit;
        Queued = record.Queued;
        Command = new TextList<string>(record.Command, " ");
        BinarySha256 = record.BinarySha256;
        ConfigSha256 = record.ConfigSha256;
        Changed = record.Verdict is Contract.Verdict.Succeeded or Contract.Verdict.Failed;
    }

    /// <summary>Its id.</summary>
    public string Id { get; }

    /// <summary>Counts up over all attempts: the higher one is the newer one, whatever the clock said.</summary>
    public long Number { get; }

    /// <summary>Name of the service.</summary>
    public string Name { get; internal set; }

    /// <summary>start, reload, restart or rollback.</summary>
    public string Kind { get; }

    /// <summary>succeeded, blocked, rolled_back or failed; absent while it runs.</summary>
    public string? Verdict { get; }

    /// <summary>Why the verdict is what it is.</summary>
    public string? Message { get; }

    /// <summary>The last lines of what was to blame when it failed: a pre-flight command, or the new process.</summary>
    public IReadOnlyList<string> Output { get; }

    /// <summary>The one that there is of Message and Reason.</summary>
    public string? Why => Message ?? Reason;

    /// <summary>The reason that the caller gave.</summary>
    public string? Reason { get; }

    /// <summary>It has not begun: it follows what is under way.</summary>
    public bool Queued { get; }

    /// <summary>Who asked.</summary>
    public string RequestedBy { get; }

    /// <summary>Who has ended its soak before its time; null: nobody.</summary>
    public string? PromotedBy { get; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset RequestedAt { get; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; }

    /// <summary>From request to end.</summary>
    public TimeSpan? Duration { get; }

    /// <summary>The same as a number of seconds.</summary>
    public double? DurationSeconds => Duration?.TotalSeconds;

    /// <summary>Duration, as the table calls it.</summary>
    public TimeSpan? Took => Duration;

    /// <summary>Main process of the generation that served before.</summary>
    public int? OldPid { get; }

    /// <summary>Main process of the generation that was started.</summary>
    public int? NewPid { get; }

    /// <summary>Number of the generation that served before.</summary>
    public int? OldGeneration { get; }

    /// <summary>Number of the generation that was started.</summary>
    public int? NewGeneration { get; }

    /// <summary>How long connections were held at the switch; absent when none had to be.</summary>
    public TimeSpan? Paused { get; }

    /// <summary>The same as a number of seconds.</summary>
    public double? PausedSeconds => Paused?.TotalSeconds;

    /// <summary>Frames that were held and given to the new generation; absent without a relay.</summary>
    public long? FramesMoved { get; }

    /// <summary>Frames and datagrams that came in from the request to the end; absent without a relay.</summary>
    public long? FramesIn { get; }

    /// <summary>Those of them that the old generation got; absent without a relay.</summary>
    public long? FramesToOld { get; }

    /// <summary>Those of them that the new generation got; absent without a relay.</summary>
    public long? FramesToNew { get; }

    /// <summary>Its phases in order.</summary>
    public IReadOnlyList<AeternaPhase> Phases { get; }

    /// <summary>Connections that an adopted daemon kept until they ended; absent when none was adopted.</summary>
    public int? ConnectionsKept { get; }

    /// <summary>Connections of an adopted daemon that were closed; absent when none was adopted.</summary>
    public int? ConnectionsClosed { get; }

    /// <summary>How the old generation ended.</summary>
    public string? OldExit { get; }

    /// <summary>The command of the new generation.</summary>
    public IReadOnlyList<string> Command { get; }

    /// <summary>SHA-256 of the program's file.</summary>
    public string? BinarySha256 { get; }

    /// <summary>SHA-256 of the configuration file.</summary>
    public string? ConfigSha256 { get; }

    /// <summary>Whether another process serves than before (or none).</summary>
    public bool Changed { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Id} {Verdict ?? "under way"}";

    private static long? GivenTo(ReloadRecord record, int? generation) =>
        record.TrafficCounts is not { } counts || generation is null
            ? null
            : counts.Given.Where(given => given.Generation == generation).Sum(given => given.Frames);

    internal static TimeSpan? Span(double? milliseconds) => milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
}

/// <summary>One phase of an attempt.</summary>
public sealed class AeternaPhase
{
    internal AeternaPhase(PhaseReport report)
    {
        Phase = report.Name;
        StartedAt = report.StartedAt;
        Duration = AeternaReload.Span(report.DurationMs);
        Outcome = report.Outcome;
        Detail = report.Detail;
    }

    /// <summary>As in pre_flight, start, soak, drain.</summary>
    public string Phase { get; }

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>How long it took.</summary>
    public TimeSpan? Duration { get; }

    /// <summary>The same as a number of seconds.</summary>
    public double? DurationSeconds => Duration?.TotalSeconds;

    /// <summary>Duration, as the table calls it.</summary>
    public TimeSpan? Took => Duration;

    /// <summary>ok, failed or skipped.</summary>
    public string? Outcome { get; }

    /// <summary>What there is to say of it.</summary>
    public string? Detail { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Phase} {Outcome ?? "under way"}";
}

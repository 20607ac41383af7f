namespace Aeterna.Contract;

/// <summary>One attempt to replace (or first to start, or to restart) the active generation.</summary>
public sealed record ReloadRecord
{
    /// <summary>What a message says when the way back was another start of the old command: then it also says who serves.</summary>
    public const string StartedAgain = "the old command was started again";

    /// <summary>Whether the generation before has ended, and another one has the way back; its message then says which.</summary>
    public bool WasStartedAgain() => Message?.Contains(StartedAgain, StringComparison.Ordinal) == true;

    /// <summary>Its id: begins with the time, unique on this machine.</summary>
    public required string Id { get; init; }

    /// <summary>
    /// Counts up from 1 over all attempts of the service's history, and says which of two records is the newer one: a clock may be set back.
    /// 0 for a record of an engine that did not count yet.
    /// </summary>
    public long Number { get; init; }

    /// <summary>Name of the service.</summary>
    public required string Service { get; init; }

    /// <summary><c>start</c>, <c>reload</c>, <c>restart</c>, <c>rollback</c> or <c>adopt</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>One of <see cref="Contract.Verdict"/>; null while it runs.</summary>
    public string? Verdict { get; init; }

    /// <summary>Why the verdict is what it is, in one sentence.</summary>
    public string? Message { get; init; }

    /// <summary>
    /// The last lines, ten at most, of what was to blame, or was on trial, when the attempt failed: a pre-flight command, or else the new process.
    /// </summary>
    public IReadOnlyList<string> Output { get; init => field = value ?? []; } = [];

    /// <summary>The reason that the caller gave.</summary>
    public string? Reason { get; init; }

    /// <summary>Who asked: <c>signal SIGHUP</c>, <c>uid 0 (root) pid 123</c>, <c>127.0.0.1</c>, <c>engine</c>.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>Who has ended its soak before its time, as in <see cref="RequestedBy"/>; null: nobody.</summary>
    public string? PromotedBy { get; init; }

    /// <summary>Whether non-blocking checks were told to be passed over.</summary>
    public bool Forced { get; init; }

    /// <summary>It has not begun: it follows what is under way. Only told of one that is asked for by its id.</summary>
    public bool Queued { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>From request to end, in milliseconds.</summary>
    public double? DurationMs { get; init; }

    /// <summary>Main process of the generation that served before.</summary>
    public int? OldPid { get; init; }

    /// <summary>Main process of the generation that this attempt started.</summary>
    public int? NewPid { get; init; }

    /// <summary>Number of the generation that served before.</summary>
    public int? OldGeneration { get; init; }

    /// <summary>Number of the generation that this attempt started.</summary>
    public int? NewGeneration { get; init; }

    /// <summary>The command of the new generation.</summary>
    public IReadOnlyList<string> Command { get; init => field = value ?? []; } = [];

    /// <summary>The program's file.</summary>
    public string? BinaryPath { get; init; }

    /// <summary>SHA-256 of the program's file in hex.</summary>
    public string? BinarySha256 { get; init; }

    /// <summary>SHA-256 of the configuration file in hex.</summary>
    public string? ConfigSha256 { get; init; }

    /// <summary>The phases in order.</summary>
    public IReadOnlyList<PhaseReport> Phases { get; init => field = value ?? []; } = [];

    /// <summary>What the state handoff did.</summary>
    public HandoverReport? Handover { get; init; }

    /// <summary>The soak, as it ended.</summary>
    public SoakReport? Soak { get; init; }

    /// <summary>How traffic moved to the new generation: <c>split</c>, <c>exclusive</c> or <c>sequential</c>; null when there was none to move.</summary>
    public string? Traffic { get; init; }

    /// <summary>Why <see cref="Traffic"/> was chosen.</summary>
    public string? TrafficReason { get; init; }

    /// <summary>How long the connections were held at the switch, and at the way back if there was one, in milliseconds; null when nothing had to be held.</summary>
    public double? PausedMs { get; init; }

    /// <summary>Frames and datagrams that were taken back from one generation and given to another; null when no input was directed.</summary>
    public long? FramesMoved { get; init; }

    /// <summary>
    /// What came in from the request to the end, and who got it: <c>frames_in</c> is the sum of what the generations were given, of what was
    /// lost, and of what waits at the end more than at the beginning. Null when no input was directed, or nobody served before.
    /// </summary>
    public TrafficReport? TrafficCounts { get; init; }

    /// <summary>Listeners whose streams could not go on to another generation, and why.</summary>
    public IReadOnlyList<string> Unframed { get; init => field = value ?? []; } = [];

    /// <summary>What became of the connections of an adopted daemon; null when none was told to end.</summary>
    public AdoptionReport? Adoption { get; init; }

    /// <summary>How the old generation ended: <c>exit code 0</c>, <c>killed by SIGKILL after drain.timeout 30s</c>; and what it had in hand, if it could not get rid of it.</summary>
    public string? OldExit { get; init; }
}

/// <summary>One phase of a reload.</summary>
public sealed record PhaseReport
{
    /// <summary><c>configuration</c>, <c>pre_flight</c>, <c>start</c>, <c>handoff</c>, <c>switch</c>, <c>soak</c>, <c>drain</c>, <c>rollback</c>, <c>post_process</c>.</summary>
    public required string Name { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it took, in milliseconds; null while it runs.</summary>
    public double? DurationMs { get; init; }

    /// <summary>One of <see cref="PhaseOutcome"/>; null while it runs.</summary>
    public string? Outcome { get; init; }

    /// <summary>What there is to say of it.</summary>
    public string? Detail { get; init; }
}

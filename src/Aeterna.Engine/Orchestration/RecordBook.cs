using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Telemetry;

namespace Aeterna.Orchestration;

/// <summary>Writes the record of the attempt that is under way, and saves it at each change of phase. Used by the loop alone.</summary>
internal sealed class RecordBook(IEngineJournal journal, TimeProvider time, string service)
{
    private long _began;
    private long _phaseBegan;
    private int _attempt;
    private Func<IReadOnlyList<string>> _said = () => [];

    /// <summary>The record that is open.</summary>
    public ReloadRecord? Open { get; private set; }

    /// <summary>The one that was closed last.</summary>
    public ReloadRecord? Last { get; private set; }

    /// <summary>Knows the record that a predecessor of this engine closed last.</summary>
    public void Know(string? last) => Last = last is null ? null : journal.Find(last);

    /// <summary>An id that no record has.</summary>
    public string NewId() => ReloadId.New(time.GetUtcNow(), id => id == Open?.Id || id == Last?.Id || journal.Find(id) is not null);

    /// <param name="opened">What is begun.</param>
    /// <param name="requestedBy">Who asked.</param>
    /// <param name="reason">Why.</param>
    /// <param name="id">The id that was given before; null: a new one.</param>
    public void Begin(OpenRecord opened, string requestedBy, string? reason, string? id = null)
    {
        _attempt = opened.Attempt;
        _began = time.GetTimestamp();
        _said = () => [];
        Open = new ReloadRecord
        {
            Id = id ?? NewId(),
            Number = journal.NextNumber(),
            Service = service,
            Kind = opened.Kind switch { AttemptKind.Start => "start", AttemptKind.Restart => "restart", AttemptKind.Rollback => "rollback", AttemptKind.Adopt => "adopt", _ => "reload" },
            Reason = reason,
            RequestedBy = requestedBy,
            Forced = opened.Forced,
            RequestedAt = time.GetUtcNow(),
            OldGeneration = opened.Old?.Number,
            OldPid = opened.Old?.Pid,
            OldExit = opened.Old?.Exit?.ToString(),
            NewGeneration = opened.New?.Number,
            NewPid = opened.New?.Pid,
            Command = opened.Plan?.Service.Command ?? [],
            ConfigSha256 = opened.Plan?.SourceSha256,
        };
        journal.Save(Open);
    }

    public void Enter(EnterPhase phase)
    {
        _phaseBegan = time.GetTimestamp();
        Change(phase.Attempt, record => record with
        {
            Phases = [.. record.Phases, new PhaseReport { Name = phase.Name, StartedAt = time.GetUtcNow() }],
        });
    }

    public void Leave(LeavePhase phase, SoakReport? soak) => Change(phase.Attempt, record => record with
    {
        Phases =
        [
            .. record.Phases.SkipLast(1),
            record.Phases[^1] with
            {
                DurationMs = time.GetElapsedTime(_phaseBegan).TotalMilliseconds,
                Outcome = phase.Outcome,
                Detail = phase.Detail,
            },
        ],
        Soak = phase.Name is ReloadMachine.PhaseName.Soak or ReloadMachine.PhaseName.Switch ? soak : record.Soak,
    });

    public void Promoted(EndSoak order) => Change(order.Attempt, record => record with { PromotedBy = order.RequestedBy });

    /// <summary>Closes the record and returns it; null when another one is open.</summary>
    /// <param name="closed">The verdict.</param>
    /// <param name="counts">What came in meanwhile; null when no input is directed.</param>
    /// <param name="listeners">The listeners at the end.</param>
    public ReloadRecord? End(CloseRecord closed, TrafficReport? counts, IReadOnlyList<ListenerReport> listeners)
    {
        Change(closed.Attempt, record => record with
        {
            Verdict = closed.Verdict,
            Message = closed.Message,
            Output = closed.Verdict == Verdict.Succeeded ? [] : _said(),
            TrafficCounts = record.OldGeneration is null ? null : counts,
            Unframed = [.. listeners.Where(listener => listener.FramingReason is not null).Select(listener => $"{listener.Name}: {listener.FramingReason}")],
            FinishedAt = time.GetUtcNow(),
            DurationMs = time.GetElapsedTime(_began).TotalMilliseconds,
        });
        (Last, Open) = (Open, null);
        return Last;
    }

    /// <summary>Whose last lines tell why, if the attempt fails: asked at its end, when all of them are there.</summary>
    public void Listen(Func<IReadOnlyList<string>> said) => _said = said;

    /// <summary>Takes over what an event tells, before the machine decides on it. Saved with the next change of phase.</summary>
    public void Note(MachineEvent happened, MachineState before)
    {
        if (Open is not { } record)
        {
            return;
        }

        Open = happened switch
        {
            ConfigurationRead e when e.Attempt == _attempt =>
                record with { Command = e.Plan.Service.Command, ConfigSha256 = e.Plan.SourceSha256 },
            ProgramInspected e when e.Attempt == _attempt => record with { BinaryPath = e.Path, BinarySha256 = e.Sha256 },
            Ready { Traffic: { } traffic } e when e.Generation == before.Candidate?.Number && record.OldGeneration is not null =>
                record with { Traffic = traffic.Word, TrafficReason = traffic.Reason },
            SwitchEnded e when before.Switch == new PendingSwitch(e.From, e.To) => Account(record, e.Result.PausedMs, e.Result.FramesMoved),
            Launched e when e.Generation == before.Candidate?.Number =>
                record with { NewPid = e.Pid, NewGeneration = e.Generation },
            MainMoved e when e.Generation == record.NewGeneration => record with { NewPid = e.Pid },
            MainMoved e when e.Generation == record.OldGeneration => record with { OldPid = e.Pid },
            HandoffDone e when e.Generation == record.NewGeneration => record with { Handover = e.Report },
            Exited e when e.Generation == record.OldGeneration =>
                record with { OldExit = e.Exit.ToString(), Handover = CutShort(before, e, time) ?? record.Handover },
            Gone e when e.Generation == record.OldGeneration => record with { OldExit = e.How, Adoption = e.Adoption },
            _ => record,
        };
    }

    /// <summary>A handoff that ends with the old generation.</summary>
    public static HandoverReport? CutShort(MachineState before, Exited exited, TimeProvider time) =>
        before.Attempt is { Step: AttemptStep.HandingOff, Plan.Orchestration.StateHandoff.Enabled: true }
            ? new HandoverReport
            {
                Status = HandoverStatus.Failed,
                Timestamp = time.GetUtcNow(),
                Detail = $"the old process {ExitSentence.Of(exited.Exit)} before its state was over",
            }
            : null;

    /// <summary>Notes what went on in the new process; nothing when no record is open.</summary>
    public void CarriedOver(HandoverReport report) => Open = Open is { } record ? record with { Handover = report } : null;

    /// <summary>Adds what the directing of traffic gave; nothing when no record is open.</summary>
    public void Moved((double? PausedMs, long? Frames) account)
    {
        if (Open is { } record)
        {
            Open = Account(record, account.PausedMs, account.Frames);
        }
    }

    // There and back are two pauses of one attempt.
    private static ReloadRecord Account(ReloadRecord record, double? pausedMs, long? frames) => record with
    {
        PausedMs = pausedMs is null ? record.PausedMs : pausedMs + (record.PausedMs ?? 0),
        FramesMoved = frames is null ? record.FramesMoved : frames + (record.FramesMoved ?? 0),
    };

    private void Change(int attempt, Func<ReloadRecord, ReloadRecord> change)
    {
        if (Open is null || attempt != _attempt)
        {
            throw new InvalidOperationException($"the record of attempt {attempt} is not open");
        }

        Open = change(Open);
        journal.Save(Open);
    }
}

using System.Globalization;
using Aeterna.Contract;
using Aeterna.Machine;

namespace Aeterna.Orchestration;

/// <summary>What is told to those who listen. It waits until the snapshot is in place: who hears of a thing also sees it.</summary>
internal sealed partial class Orchestrator
{
    private readonly List<Action> _outbox = [];
    private string _toldState = FsmState.Pending;

    private void Flush()
    {
        foreach (var send in _outbox)
        {
            Guard(send, "outbox");
        }

        _outbox.Clear();
    }

    private void Answer(int request, RequestOutcome outcome) => _outbox.Add(() => _desk.Answer(request, outcome));

    private void Publish(string type, string message, int? generation = null, int? pid = null, ReloadRecord? record = null)
    {
        var report = new EventReport
        {
            Id = 0,
            Time = default,
            Type = type,
            Message = message,
            FsmState = _state.FsmState,
            ReloadId = record?.Id ?? _book.Open?.Id,
            Generation = generation,
            Pid = pid,
            Record = record,
        };
        _outbox.Add(() => _options.Journal.Publish(report));
    }

    private void Tell(MachineEvent happened)
    {
        switch (happened)
        {
            case Launched e:
                Publish(EventType.Process, $"generation {e.Generation} has been started", e.Generation, e.Pid);
                break;
            case MainMoved e:
                Publish(EventType.Process, $"the main process of generation {e.Generation} has handed its work to pid {e.Pid}", e.Generation, e.Pid);
                break;
            case HandoffDone e when e.Report is { Detail: { } detail, Status: not HandoverStatus.None }:
                Publish(EventType.Handover, $"state for generation {e.Generation}: {e.Report.Status} ({detail})", e.Generation);
                break;
            case Ready e:
                Publish(EventType.Process, $"generation {e.Generation} {(e.WaitsForState ? "waits for its state" : "is ready")}", e.Generation, _roster.Find(e.Generation)?.Pid);
                break;
            case Exited e:
                var moment = _state.LastDeath?.Number == e.Generation ? " while it served" : "";
                Publish(
                    EventType.Process, $"the main process of generation {e.Generation} {ExitSentence.Of(e.Exit)}{moment}",
                    e.Generation, _roster.Find(e.Generation)?.Pid);
                break;
            case SwitchEnded { Result: { Outcome: SwitchOutcome.Switched or SwitchOutcome.Forced } result } e:
                Publish(
                    EventType.Traffic,
                    string.Create(CultureInfo.InvariantCulture, $"generation {e.To} has all traffic, which paused for {result.PausedMs ?? 0:F1} ms"), e.To);
                break;
            case Gone e:
                Publish(EventType.Process, $"generation {e.Generation} is gone: {e.How}", e.Generation);
                break;
            default:
                break;
        }
    }

    /// <summary>A change outside a switch.</summary>
    private void TellTraffic(DirectTraffic directed)
    {
        if (_options.Traffic.IsDirected)
        {
            var (main, candidate, percent, _) = directed.Route;
            Publish(
                EventType.Traffic,
                main is null ? "traffic waits: no generation gets any"
                : candidate is null ? $"generation {main} has all traffic"
                : $"generation {candidate} gets {percent}% of the traffic, generation {main} the rest",
                candidate ?? main);
        }
    }

    private void TellState()
    {
        if (_state.FsmState != _toldState)
        {
            _toldState = _state.FsmState;
            Publish(EventType.State, $"the service is {_toldState}", _state.Active?.Number, _state.Active?.Pid);
        }
    }

    private void TellPhase(EnterPhase phase) => Publish(EventType.Phase, $"{phase.Name} began");

    private void TellPhase(LeavePhase phase) => Publish(
        EventType.Phase, $"{phase.Name} ended: {phase.Outcome}{(phase.Detail is null ? "" : $" ({phase.Detail})")}");

    private void TellFinished(ReloadRecord? record)
    {
        if (record is not null)
        {
            Publish(
                EventType.Finished, $"{record.Kind} {record.Verdict}: {record.Message}", record.NewGeneration, record.NewPid, record);
        }
    }

    /// <summary>Called on the soak's task.</summary>
    private void ShowProbe(int generation, SoakReport soak, ProbeReport? probe)
    {
        _board.Show(generation, soak);
        if (probe is null)
        {
            return;
        }

        var status = _board.Current;
        _options.Journal.Publish(new EventReport
        {
            Id = 0,
            Time = default,
            Type = EventType.Probe,
            Message = $"{probe.Name}: {probe.Detail}",
            FsmState = status.State.FsmState,
            ReloadId = status.Open?.Id,
            Generation = generation,
            Pid = _roster.Find(generation)?.Pid,
            Probe = probe,
        });
    }
}

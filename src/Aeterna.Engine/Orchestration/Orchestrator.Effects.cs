using Aeterna.Listeners;
using Aeterna.Orchestration.Machine;

namespace Aeterna.Orchestration;

/// <summary>What each effect means: done here when it is a matter of memory, handed out when it is work.</summary>
internal sealed partial class Orchestrator
{
    private Predecessor? _lastServed;
    private (int Request, string Id)? _queued;
    private InputCounts _countedBefore = InputCounts.None;

    /// <summary>Keeps what an event tells before the machine decides on it, and before what it tells of is gone.</summary>
    private void Note(MachineEvent happened)
    {
        _book.Note(happened, _state);
        switch (happened)
        {
            case Exited e when e.Generation == _state.Active?.Number:
                _lastServed = _roster.Describe(e.Generation);
                _snapshot = _snapshot with { Handover = RecordBook.CutShort(_state, e, _options.Time) ?? _snapshot.Handover };
                _options.State?.Serves(null);
                break;
            case HandoffDone e when IsCurrent(e):
                _snapshot = _snapshot with { Handover = e.Report };
                break;
            default:
                break;
        }
    }

    // The first part comes to the candidate; the second one, at the drain, to what has become the active generation.
    private bool IsCurrent(HandoffDone done) => _state.Attempt?.Step switch
    {
        AttemptStep.HandingOff => done.Generation == _state.Candidate?.Number,
        AttemptStep.Draining => done.Generation == _state.Active?.Number,
        _ => false,
    };

    private void Perform(Effect effect)
    {
        if (EffectWork.Has(effect))
        {
            HandOut(effect);
            return;
        }

        switch (effect)
        {
            case OpenRecord e: Begin(e); break;
            case EnterPhase e: _book.Enter(e); TellPhase(e); break;
            case LeavePhase e: _book.Leave(e, _board.SoakOf(_book.Open?.NewGeneration)); TellPhase(e); break;
            case CloseRecord e: TellState(); TellFinished(_book.End(e, Counted(), _options.Listeners.Report())); break;
            case Queue e: Enqueue(e); break;
            case Take e: Answer(e.Request, new RequestOutcome(AnswerId(e.Request), null)); break;
            case Refuse e: RefuseRequest(e); break;
            case Announce e: TellAnnouncement(e); break;
            case Committed e: Adopt(e); break;
            case AbandonWork: _scopes.Abandon(); break;
            case StartTimer e: _timers.Start(e); break;
            case CancelTimer e: _timers.Cancel(e.Kind); break;
            case DirectTraffic e: CarryOver(e); _book.Moved(_director.Direct(e)); TellTraffic(e); break;
            case Freeze e: Hold(e); break;
            case Thaw e: _roster.Find(e.Generation)?.Thaw(); break;
            case HastenSwitch: _scopes.Hasten(); break;
            case Kill e: _roster.Kill(e.Generation); break;
            case ReleaseUnused e: Release(e); break;
            case Exit: break;
            default: throw new ArgumentException($"unknown effect {effect}", nameof(effect));
        }
    }

    private void HandOut(Effect effect)
    {
        var open = _book.Open;
        var facts = open is null ? null : new AttemptFacts(
            open.Service, open.Id, open.NewGeneration ?? _state.NextGeneration, open.OldPid, open.NewPid);
        if (effect is Drain { Generation: var displaced } && _state.Attempt?.Step == AttemptStep.Holding)
        {
            _lastServed = _roster.DescribeServing(displaced);
        }

        var context = new WorkContext(facts, _lastServed);
        _scopes.Start(effect, cancel => _work.Do(effect, context, cancel));
    }

    // Here and not outside the loop: it only closes descriptors, it must be done when the record that follows says so, and no
    // launch may open listeners in between.
    private void Release(ReleaseUnused release)
    {
        try
        {
            _options.Listeners.Configure(release.Plan.Service.Listeners);
        }
        catch (ListenerException e)
        {
            _options.Logger.NotReleased(e.Message);
            return;
        }

        _options.State?.Release(release.Plan);
        foreach (var address in _options.Listeners.ReleaseUnused())
        {
            _options.Logger.Released(address);
        }
    }

    // Here and not outside the loop: it takes less than a millisecond, and nothing may come in between.
    private void Hold(Freeze freeze)
    {
        if (_roster.Find(freeze.Generation) is { } generation && !generation.Freeze(CancellationToken.None))
        {
            _options.Logger.NotFrozen(freeze.Generation);
        }
    }

    private void Begin(OpenRecord opened)
    {
        _scopes.Renew();
        var asked = opened.Request is { } request ? _desk.Find(request) : null;
        var requestedBy = asked?.RequestedBy ?? (opened.Kind == AttemptKind.Start ? _options.StartedBy : "engine");
        _book.Begin(opened, requestedBy, asked?.Reload?.Reason ?? opened.Reason, Dequeue(opened.Request));
        _waiting = _queued is null ? null : _waiting; // Not before its record is there.
        _countedBefore = _options.Traffic.Counts();
    }

    private Contract.TrafficReport? Counted() =>
        _options.Traffic.IsDirected ? TrafficTotals.Report(TrafficTotals.Between(_countedBefore, _options.Traffic.Counts())) : null;

    // Where two are never there at once the new one gets what the engine has kept for it meanwhile, in the moment in which it gets the traffic.
    private void CarryOver(DirectTraffic directed)
    {
        if (_state is { Active: null, Candidate: { } candidate, Attempt: { Displaced: true, Fallback: false, Plan: { } plan } }
            && directed.Route.Main == candidate.Number && CarriedStates.Of(plan, _options.Traffic, _options.Time) is { } report)
        {
            _snapshot = _snapshot with { Handover = report };
            _book.CarriedOver(report);
        }
    }

    private void Adopt(Committed committed)
    {
        _options.State?.Serves(committed.Generation);
        _snapshot = _snapshot with { Plan = committed.Plan, Warnings = _options.Warnings(committed.Plan) };
    }

    // Who asked is needed once more, when the reload begins.
    private void Enqueue(Queue queued)
    {
        if (_queued is { } earlier)
        {
            _desk.Forget(earlier.Request);
        }

        var id = _queued?.Id ?? _book.NewId();
        _queued = (queued.Request, id);
        _waiting = Waiting(id, _desk.Find(queued.Request));
        _outbox.Add(() => _desk.AnswerFirst(queued.Request, new RequestOutcome(id, null) { Queued = true }));
    }

    private Contract.ReloadRecord Waiting(string id, RequestDesk.Asked? asked) => new()
    {
        Id = id,
        Service = _options.FirstPlan.Service.Name,
        Kind = "reload",
        RequestedBy = asked?.RequestedBy ?? "engine",
        Reason = asked?.Reload?.Reason,
        Forced = _state.Queued is { Force: true },
        RequestedAt = _options.Time.GetUtcNow(),
        Queued = true,
    };

    private string? Dequeue(int? request)
    {
        if (_queued is not { } queued || queued.Request != request)
        {
            return null;
        }

        _queued = null;
        _desk.Forget(queued.Request);
        return queued.Id;
    }

    // A stop has no record of its own.
    private string? AnswerId(int request) => _desk.Find(request)?.Name == RequestDesk.StopName ? null : _book.Open?.Id;

    private void RefuseRequest(Refuse refusal)
    {
        _options.Logger.Refused(_desk.Find(refusal.Request)?.Name ?? "request", refusal.Detail);
        Answer(refusal.Request, new RequestOutcome(null, RequestDesk.ToProblem(refusal, _book.Open?.Id)));
    }
}

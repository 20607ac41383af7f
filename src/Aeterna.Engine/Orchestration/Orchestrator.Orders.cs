using Aeterna.Contract;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;

namespace Aeterna.Orchestration;

/// <summary>How each <see cref="Order"/> is followed, in the loop.</summary>
internal sealed partial class Orchestrator : IOrders
{
    private (int Request, string Id)? _queued;
    private InputCounts _countedBefore = InputCounts.None;

    public void Do(StartTimer order)
    {
        _timers.Start(order);
        if (order.Kind == TimerKind.KeepWarm)
        {
            _snapshot = _snapshot with { UndoUntil = _options.Time.GetUtcNow() + Patience.Bound(order.Due) };
        }
    }

    public void Do(CancelTimer order) => _timers.Cancel(order.Kind);

    public void Do(AbandonWork order) => _scopes.Abandon();

    public void Do(HastenSwitch order) => _scopes.Hasten();

    public void Do(EndSoak order)
    {
        _work.EndSoak(order.Generation);
        _book.Promoted(order);
        Publish(EventType.Phase, $"promoted by {order.RequestedBy}: the soak is over as soon as each probe's last result is good", order.Generation);
    }

    public void Do(Thaw order) => _roster.Find(order.Generation)?.Thaw();

    public void Do(Kill order) => _roster.Kill(order.Generation);

    public void Do(EndLeft order) => _roster.EndLeft(order.Generation);

    public void Do(Take order) => Answer(order.Request, new RequestOutcome(AnswerId(order.Request), null));

    public void Do(GiveBack order) => _roster.GiveBack(order.Generation);

    public void Do(Announce order) => Publish(EventType.Process, order.Message);

    // The loop ends by the state that comes with it.
    public void Do(Exit order)
    {
    }

    public void Do(EnterPhase order)
    {
        _book.Enter(order);
        TellPhase(order);
    }

    public void Do(LeavePhase order)
    {
        _book.Leave(order, _board.SoakOf(_book.Open?.NewGeneration));
        TellPhase(order);
    }

    public void Do(CloseRecord order)
    {
        TellState();
        TellFinished(_book.End(Honest(order), Counted(), _options.Listeners.Report()));
    }

    /// <summary>Nobody asked for a generation that serves less than was served: so its start is no success, and the record says what is missing.</summary>
    private CloseRecord Honest(CloseRecord order)
    {
        if (_state.Active is not { } active || _options.Listeners.OwedBy(active.Number) is not { Count: > 0 } missing)
        {
            return order;
        }

        return order with { Verdict = order.Verdict == Verdict.Succeeded ? Verdict.Failed : order.Verdict, Message = $"{order.Message}; {Missing.Sentence(missing)}" };
    }

    public void Do(DirectTraffic order)
    {
        CarryOver(order);
        _book.Moved(_director.Direct(order));
        TellTraffic(order);
    }

    // Here and not outside the loop: it only closes descriptors, it must be done when the record that follows says so, and no
    // launch may open listeners in between.
    public void Do(ReleaseUnused release)
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
    public void Do(Freeze freeze)
    {
        if (_roster.Find(freeze.Generation) is { } generation && !generation.Freeze(CancellationToken.None))
        {
            _options.Logger.NotFrozen(freeze.Generation);
        }
    }

    public void Do(OpenRecord opened)
    {
        _scopes.Renew();
        var asked = opened.Request is { } request ? _desk.Find(request) : null;
        var requestedBy = asked?.RequestedBy ?? (opened.Kind is AttemptKind.Start or AttemptKind.Adopt ? _options.StartedBy : "engine");
        _book.Begin(opened, requestedBy, asked?.Reload?.Reason ?? opened.Reason, Dequeue(opened.Request));
        _waiting = _queued is null ? null : _waiting; // Not before its record is there.
        _countedBefore = _options.Traffic.Counts();
    }

    public void Do(Committed committed)
    {
        _director.Settle();
        if (committed.AskedFor)
        {
            _options.Listeners.Owe(committed.Generation);
        }

        _options.State?.Serves(committed.Generation);
        _snapshot = _snapshot with { Plan = committed.Plan, Warnings = _options.Warnings(committed.Plan) };
    }

    // Who asked is needed once more, when the reload begins.
    public void Do(Queue queued)
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

    public void Do(Refuse refusal)
    {
        if (_desk.Find(refusal.Request)?.Name is not RequestDesk.LookName and var name)
        {
            _options.Logger.Refused(name ?? "request", refusal.Detail);
        }

        Answer(refusal.Request, new RequestOutcome(null, RequestDesk.ToRefusal(refusal, _book.Open, _options.Time.GetUtcNow())));
    }

    private TrafficReport? Counted() =>
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

    private ReloadRecord Waiting(string id, RequestDesk.Asked? asked) => new()
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
}

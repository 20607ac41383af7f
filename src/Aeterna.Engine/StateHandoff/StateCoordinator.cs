using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Machine.Plans;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging;

namespace Aeterna.StateHandoff;

/// <summary>
/// Brings what the old process holds to the new one: a snapshot before the soak, and what has changed since at the drain. Whatever goes
/// wrong costs at most the state. May be used from any thread.
/// </summary>
internal sealed class StateCoordinator : IDisposable
{
    private readonly TimeProvider _time;
    private readonly PeerTable _peers = new();
    private readonly PeerFarewell _farewell;
    private readonly IdlePeers _idle;
    private readonly Prospects _prospects;
    private readonly StateDoor _door;
    private readonly StateAddress _address;
    private readonly TimedTransfer _timed;
    private readonly Lock _gate = new();
    private Open? _open;

    /// <summary>One that does not listen yet.</summary>
    /// <param name="defaultPath">Where it listens when the plan names no path.</param>
    /// <param name="generationOf">The generation that a process belongs to; null: none.</param>
    /// <param name="instruments">Gets the durations.</param>
    /// <param name="notices">Gets what keeps it from listening.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public StateCoordinator(
        string defaultPath, Func<int, int?> generationOf, EngineInstruments? instruments, EngineNotices? notices, TimeProvider time, ILogger logger)
    {
        _time = time;
        _farewell = new PeerFarewell(time, logger);
        _idle = new IdlePeers(_peers, _farewell);
        _prospects = new Prospects(_peers, _farewell, logger);
        _door = new StateDoor(generationOf, new Introduction(_peers, _idle, _prospects, _farewell, time, logger).Welcome, _farewell, time, logger);
        _address = new StateAddress(defaultPath, _door, notices, logger);
        _timed = new TimedTransfer(instruments, time);
    }

    /// <summary>A handoff whose final part is still to come.</summary>
    private sealed record Open(HandoffOrder Order, Peer Receiver, HandoverReport Snapshot);

    /// <summary>Told, on any thread, of a handoff that takes longer than a moment, and of the generation that it goes to.</summary>
    public Action<HandoverProgress, int>? Progressed
    {
        get => _timed.Progressed;
        init => _timed.Progressed = value;
    }

    /// <summary>The handoff under way, if one is.</summary>
    public HandoverProgress? Progress => _timed.Progress;

    /// <summary>Whether the last part of a generation's state is still to be carried.</summary>
    public bool HasFinal(int old)
    {
        lock (_gate)
        {
            return _open?.Order.Old == old;
        }
    }

    /// <summary>Where a plan has its state socket.</summary>
    public string PathOf(Plan plan) => _address.PathOf(plan);

    /// <summary>What a program is told of the state socket: its path, or "" when that is not ours.</summary>
    public string SocketFor(Plan plan) => _address.SocketFor(plan);

    /// <summary>Listens where a plan wants it.</summary>
    public void Prepare(Plan plan) => _address.Prepare(plan);

    /// <summary>Stops listening where this plan, which is the only one in force, does not want it.</summary>
    public void Release(Plan plan) => _address.Release(plan);

    /// <summary>This generation serves; null: none does.</summary>
    public void Serves(int? generation) => _prospects.Serves(generation);

    /// <summary>Whether a process is connected to the state socket: another engine could not go on with what it has been told.</summary>
    public bool HasPeers => _peers.Has(_ => true);

    /// <summary>Waits until a process of the generation waits for state.</summary>
    public Task ReceiverWaits(int generation, CancellationToken cancel) =>
        _peers.Await(p => p.Takes(generation), cancel);

    /// <summary>Carries the state to a candidate. Returns at once when nobody has any.</summary>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public async Task<HandoverReport> Snapshot(HandoffOrder order, CancellationToken cancel)
    {
        try
        {
            Forget();
            if (!order.Plan.Enabled || !HasState(order))
            {
                return _timed.None(order.Plan.Enabled ? "the old process offers no state: no provider, no caught signal, no export command" : null);
            }

            if (order.Plan.Import is null && _address.WhyNot(order.Path) is { } why)
            {
                return _timed.Failed(why, 0);
            }

            var transfer = NewTransfer(order, RequestPayload.Snapshot);
            var report = await _timed.Run(transfer, order, RequestPayload.Snapshot, null, cancel).ConfigureAwait(false);
            Settle(order, transfer, report);
            return report;
        }
        finally
        {
            _prospects.HasBeenServed(order.New);
        }
    }

    /// <summary>
    /// Carries what has changed since the snapshot, before the old generation is told to end. Null when that is not called for.
    /// </summary>
    public async Task<(int Generation, HandoverReport Report)?> Final(int old)
    {
        Open? open;
        lock (_gate)
        {
            open = _open;
            _open = open?.Order.Old == old ? null : open;
        }

        if (open is null || open.Order.Old != old)
        {
            return null;
        }

        var transfer = NewTransfer(open.Order, RequestPayload.Final);
        var report = await _timed.Run(transfer, open.Order, RequestPayload.Final, open.Receiver, CancellationToken.None).ConfigureAwait(false);
        _peers.Remove(open.Receiver);
        transfer.Claimed.ToList().ForEach(_peers.Remove);
        var whole = report with
        {
            SizeBytes = open.Snapshot.SizeBytes + report.SizeBytes,
            Status = report.Status == HandoverStatus.None ? open.Snapshot.Status : report.Status,
            Detail = $"{open.Snapshot.Detail}; final: {report.Detail}",
        };
        return (open.Order.New, whole);
    }

    /// <summary>A generation is on its way out without having been replaced: nothing is carried to it any more.</summary>
    public void GivenUp(int generation)
    {
        Open? open;
        lock (_gate)
        {
            open = _open?.Order.New == generation ? _open : null;
            _open = open is null ? _open : null;
        }

        if (open is not null)
        {
            _peers.Remove(open.Receiver);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _door.Dispose();
        _peers.Dispose();
    }

    private void Forget()
    {
        if (Interlocked.Exchange(ref _open, null) is { } open)
        {
            _peers.Remove(open.Receiver);
        }
    }

    private Transfer NewTransfer(HandoffOrder order, string phase) => new(_peers, _prospects, _farewell, order, phase, _time);

    private bool HasState(HandoffOrder order) =>
        order.Plan.Export is not null
        || (order.Plan.Signal is { } signal && ProcessSignals.Catches(order.OldPid, signal))
        || _peers.Has(p => p.IsProviderOf(order.Old));

    // A provider goes back to its place; a receiver stays only if there is more to come for it.
    private void Settle(HandoffOrder order, Transfer transfer, HandoverReport report)
    {
        if (report.Status == HandoverStatus.Failed)
        {
            return;
        }

        if (transfer is { Provider: not null, Receiver: { WantsFinal: true } receiver })
        {
            lock (_gate)
            {
                _open = new Open(order.OfProviderOnly(), receiver, report);
            }
        }

        foreach (var peer in transfer.Claimed)
        {
            if (peer == transfer.Provider)
            {
                _idle.Return(peer);
            }
            else if (peer != _open?.Receiver)
            {
                _idle.LetGo(peer);
            }
        }
    }
}

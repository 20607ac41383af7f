using System.Diagnostics;
using System.Globalization;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging;

namespace Aeterna.StateHandoff;

/// <summary>
/// Brings what the old process holds to the new one: a snapshot before the soak, and what has changed since at the drain. Whatever goes
/// wrong costs at most the state. May be used from any thread.
/// </summary>
/// <param name="defaultPath">Where it listens when the plan names no path.</param>
/// <param name="generationOf">The generation that a process belongs to; null: none.</param>
/// <param name="instruments">Gets the durations.</param>
/// <param name="notices">Gets what keeps it from listening.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class StateCoordinator(
    string defaultPath, Func<int, int?> generationOf, EngineInstruments? instruments, EngineNotices? notices, TimeProvider time, ILogger logger) : IDisposable
{
    private const string Subject = "state_handoff";

    private readonly StateDesk _desk = new(generationOf, logger);
    private readonly Lock _gate = new();
    private string? _notListening;
    private volatile Running? _running;
    private Open? _open;

    private sealed record Running(Transfer Transfer, string Phase, DateTimeOffset Since);

    /// <summary>A handoff whose final part is still to come.</summary>
    private sealed record Open(HandoffOrder Order, Peer Receiver, HandoverReport Snapshot);

    /// <summary>How often <see cref="Progressed"/> is called.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <summary>Told, on any thread, of a handoff that takes longer than a moment, and of the generation that it goes to.</summary>
    public Action<HandoverProgress, int>? Progressed { get; init; }

    /// <summary>The handoff under way, if one is.</summary>
    public HandoverProgress? Progress => _running is { } now
        ? new HandoverProgress { Phase = now.Phase, StartedAt = now.Since, SizeBytes = now.Transfer.Bytes }
        : null;

    /// <summary>Whether the last part of a generation's state is still to be carried.</summary>
    public bool HasFinal(int old)
    {
        lock (_gate)
        {
            return _open?.Order.Old == old;
        }
    }

    /// <summary>
    /// What a program is told of the state socket: its path, or "" when that is not ours. Somebody else who listens there would be given the
    /// service's state. In the engine's own folder nobody else does.
    /// </summary>
    public string SocketFor(Plan plan) => PathOf(plan) is var path && (path == defaultPath || _desk.ListensOn(path)) ? path : "";

    /// <summary>Where a plan has its state socket.</summary>
    public string PathOf(Plan plan) => plan.Orchestration.StateHandoff.SocketPath ?? defaultPath;

    /// <summary>Listens where a plan wants it. A path that cannot be had costs the state, and nothing else.</summary>
    public void Prepare(Plan plan)
    {
        var handoff = plan.Orchestration.StateHandoff;
        if (!handoff.Enabled)
        {
            return;
        }

        try
        {
            _desk.Open(PathOf(plan), Owner(plan.Service), FrameLimits.For(handoff.MaxBytes));
            _notListening = null;
            notices?.Clear(Subject);
        }
        catch (SrpException e)
        {
            _notListening = e.Message;
            notices?.Set(Subject, $"{e.Message}; programs start without state, and are told of no state socket");
            logger.NotListening(e.Message);
        }
    }

    /// <summary>Stops listening where this plan, which is the only one in force, does not want it.</summary>
    public void Release(Plan plan) => _desk.KeepOnly(plan.Orchestration.StateHandoff.Enabled ? PathOf(plan) : null);

    /// <summary>This generation serves; null: none does.</summary>
    public void Serves(int? generation) => _desk.Serves(generation);

    /// <summary>Waits until a process of the generation waits for state.</summary>
    public Task ReceiverWaits(int generation, CancellationToken cancel) =>
        _desk.Await(p => StateDesk.Takes(p, generation), cancel);

    /// <summary>Carries the state to a candidate. Returns at once when nobody has any.</summary>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public async Task<HandoverReport> Snapshot(HandoffOrder order, CancellationToken cancel)
    {
        try
        {
            Forget();
            if (!order.Plan.Enabled || !HasState(order))
            {
                return None(order.Plan.Enabled ? "the old process offers no state: no provider, no caught signal, no export command" : null);
            }

            if (order.Plan.Import is null && !_desk.ListensOn(order.Path))
            {
                return Failed(_notListening ?? $"the engine does not listen on {order.Path}", 0);
            }

            var transfer = new Transfer(_desk, order, RequestPayload.Snapshot);
            var report = await Carry(transfer, order, RequestPayload.Snapshot, null, cancel).ConfigureAwait(false);
            Settle(order, transfer, report);
            return report;
        }
        finally
        {
            _desk.HasBeenServed(order.New);
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

        var transfer = new Transfer(_desk, open.Order, RequestPayload.Final);
        var report = await Carry(transfer, open.Order, RequestPayload.Final, open.Receiver, CancellationToken.None).ConfigureAwait(false);
        _desk.Remove(open.Receiver);
        transfer.Claimed.ToList().ForEach(_desk.Remove);
        var whole = report with
        {
            SizeBytes = open.Snapshot.SizeBytes + report.SizeBytes,
            Status = report.Status == "none" ? open.Snapshot.Status : report.Status,
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
            _desk.Remove(open.Receiver);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _desk.Dispose();

    private void Forget()
    {
        if (Interlocked.Exchange(ref _open, null) is { } open)
        {
            _desk.Remove(open.Receiver);
        }
    }

    private bool HasState(HandoffOrder order) =>
        order.Plan.Export is not null
        || (order.Plan.Signal is { } signal && ProcessSignals.Catches(order.OldPid, signal))
        || _desk.Has(p => Transfer.IsProvider(p, order.Old));

    // A provider goes back to its place; a receiver stays only if there is more to come for it.
    private void Settle(HandoffOrder order, Transfer transfer, HandoverReport report)
    {
        if (report.Status == "failed")
        {
            return;
        }

        if (transfer is { Provider: not null, Receiver: { WantsFinal: true } receiver })
        {
            lock (_gate)
            {
                _open = new Open(OnlyProvider(order), receiver, report);
            }
        }

        foreach (var peer in transfer.Claimed)
        {
            if (peer == transfer.Provider)
            {
                _desk.Return(peer);
            }
            else if (peer != _open?.Receiver)
            {
                _desk.LetGo(peer);
            }
        }
    }

    private async Task<HandoverReport> Carry(Transfer transfer, HandoffOrder order, string phase, Peer? receiver, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(order.Plan.Timeout);
        _running = new Running(transfer, phase, time.GetUtcNow());
        await using var beat = time.CreateTimer(_ => Tell(order.New), null, Beat, Beat).ConfigureAwait(false);
        HandoverReport report;
        try
        {
            await transfer.Run(receiver, limit.Token).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            report = transfer.Bytes == 0 ? None("the old process had nothing to give") : Success(transfer);
        }
        catch (SrpException e)
        {
            report = Failed(e.Message, transfer.Bytes);
        }
        catch (LinuxException e)
        {
            report = Failed($"the engine could not go on: {e.Message}", transfer.Bytes);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            report = Failed(
                $"state_handoff.timeout of {Durations.Format(order.Plan.Timeout)} was over while the engine waited for {transfer.Waiting}", transfer.Bytes);
        }
        finally
        {
            _running = null;
        }

        instruments?.HandedOver(phase, report.Status, Stopwatch.GetElapsedTime(transfer.Started));
        return report;
    }

    private void Tell(int generation)
    {
        if (Progress is { } progress)
        {
            Progressed?.Invoke(progress, generation);
        }
    }

    private HandoverReport Success(Transfer transfer) => new()
    {
        Status = "success",
        Timestamp = time.GetUtcNow(),
        SizeBytes = transfer.Bytes,
        Detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{transfer.Bytes} bytes by {transfer.Way} in {Stopwatch.GetElapsedTime(transfer.Started).TotalMilliseconds:F1} ms"),
    };

    private HandoverReport None(string? detail) => HandoverReport.None with { Timestamp = time.GetUtcNow(), Detail = detail };

    private HandoverReport Failed(string why, long bytes) =>
        new() { Status = "failed", Timestamp = time.GetUtcNow(), SizeBytes = bytes, Detail = why };

    // A signal or a command has no way to tell what has changed from the whole.
    private static HandoffOrder OnlyProvider(HandoffOrder order) =>
        order with { Plan = order.Plan with { Export = null, Signal = null, Import = null } };

    private static (uint Uid, uint Gid)? Owner(ServicePlan service) =>
        service.User is { } name && Libc.geteuid() == 0 && Accounts.FindUser(name) is { } user ? (user.Uid, user.Gid) : null;
}

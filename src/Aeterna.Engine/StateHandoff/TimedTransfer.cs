using System.Globalization;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Telemetry;

namespace Aeterna.StateHandoff;

/// <summary>Has a part of a handoff done within its time, says how far it is, and makes the report. May be used from any thread.</summary>
internal sealed class TimedTransfer(EngineInstruments? instruments, TimeProvider time)
{
    /// <summary>How often <see cref="Progressed"/> is called.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private volatile Running? _running;

    private sealed record Running(Transfer Transfer, string Phase, DateTimeOffset Since);

    /// <summary>Told, on any thread, of a handoff that takes longer than a moment, and of the generation that it goes to.</summary>
    public Action<HandoverProgress, int>? Progressed { get; set; }

    /// <summary>The handoff under way, if one is.</summary>
    public HandoverProgress? Progress => _running is { } now
        ? new HandoverProgress { Phase = now.Phase, StartedAt = now.Since, SizeBytes = now.Transfer.Bytes }
        : null;

    /// <summary>Carries it.</summary>
    /// <param name="transfer">What.</param>
    /// <param name="order">How.</param>
    /// <param name="phase">Which part.</param>
    /// <param name="receiver">Who takes it; null: who connects, or the import command.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public async Task<HandoverReport> Run(Transfer transfer, HandoffOrder order, string phase, Peer? receiver, CancellationToken cancel)
    {
        using var timeout = new CancellationTokenSource(order.Plan.Timeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
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

        instruments?.HandedOver(phase, report.Status, time.GetElapsedTime(transfer.Started));
        return report;
    }

    /// <summary>There was nothing to carry.</summary>
    public HandoverReport None(string? detail) => HandoverReport.None with { Timestamp = time.GetUtcNow(), Detail = detail };

    /// <summary>It could not be carried.</summary>
    public HandoverReport Failed(string why, long bytes) =>
        new() { Status = HandoverStatus.Failed, Timestamp = time.GetUtcNow(), SizeBytes = bytes, Detail = why };

    private HandoverReport Success(Transfer transfer) => new()
    {
        Status = HandoverStatus.Success,
        Timestamp = time.GetUtcNow(),
        SizeBytes = transfer.Bytes,
        Detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{transfer.Bytes} bytes by {transfer.Way} in {time.GetElapsedTime(transfer.Started).TotalMilliseconds:F1} ms"),
    };

    private void Tell(int generation)
    {
        if (Progress is { } progress)
        {
            Progressed?.Invoke(progress, generation);
        }
    }
}

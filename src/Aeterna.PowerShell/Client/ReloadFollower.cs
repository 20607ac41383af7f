using System.Threading.Channels;
using Aeterna.Contract;
using Aeterna.PowerShell.Errors;

namespace Aeterna.PowerShell.Client;

/// <summary>
/// Follows one attempt by the engine's events, and asks for status and record twice a second: the events are prompt, the asking
/// is sure (a follower that lags behind loses events, and a connection may break).
/// </summary>
internal sealed class ReloadFollower(EngineClient client, string id)
{
    private static readonly TimeSpan _pollEvery = TimeSpan.FromMilliseconds(500);
    private StatusReport? _status;

    /// <summary>Called with each event of the attempt.</summary>
    public Action<EventReport> Happened { get; init; } = _ => { };

    /// <summary>Called with how things are, after every change and twice a second.</summary>
    public Action<StatusReport, ReloadRecord?> Now { get; init; } = (_, _) => { };

    /// <summary>
    /// Returns the attempt's record once it has its verdict. The callbacks run on the caller's thread, which is the only one that
    /// may write to a pipeline.
    /// </summary>
    public ReloadRecord Run(CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var events = Channel.CreateBounded<EventReport>(1024);
        var reading = Task.Run(() => Read(events.Writer, end.Token), CancellationToken.None);
        try
        {
            while (true)
            {
                var polled = Poll(cancel);
                var finished = ShowUntilNextPoll(events.Reader, cancel);
                if ((finished ?? polled) is { } decided)
                {
                    if (_status is { } status)
                    {
                        Now(status, decided);
                    }

                    return decided;
                }
            }
        }
        finally
        {
            end.Cancel();
            reading.GetAwaiter().GetResult();
        }
    }

    // A record that is decided may be ahead of the events: they get a moment to come, so that what happened is shown whole.
    private ReloadRecord? ShowUntilNextPoll(ChannelReader<EventReport> events, CancellationToken cancel)
    {
        var poll = Task.Delay(_pollEvery, cancel);
        while (!poll.IsCompleted)
        {
            while (events.TryRead(out var report))
            {
                if (report.ReloadId != id)
                {
                    continue;
                }

                Happened(report);
                if (report is { Type: EventType.Finished, Record: { Verdict: not null } record })
                {
                    return record;
                }
            }

            Task.WaitAny([poll, events.WaitToReadAsync(cancel).AsTask()], cancel);
        }

        cancel.ThrowIfCancellationRequested();
        return null;
    }

    private ReloadRecord? Poll(CancellationToken cancel)
    {
        try
        {
            _status = client.Status(cancel).GetAwaiter().GetResult();
            var record = client.Record(id, cancel).GetAwaiter().GetResult();
            Now(_status, record);
            return record.Verdict is null ? null : record;
        }
        catch (EngineException e) when (e.Error is EngineError.Timeout or EngineError.Unreachable)
        {
            // A busy machine; the next poll tells more, and the caller's time limit ends it.
            return null;
        }
    }

    // Ends only by cancellation: that the engine is gone is for Poll to say, in one place.
    private async Task Read(ChannelWriter<EventReport> events, CancellationToken cancel)
    {
        long last = 0;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await foreach (var report in client.Events(last, cancel).ConfigureAwait(false))
                {
                    last = report.Id;
                    await events.WriteAsync(report, cancel).ConfigureAwait(false);
                }

                await Task.Delay(_pollEvery, cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (Exception e) when (e is EngineException or HttpRequestException or IOException)
            {
                // A broken stream is taken up again where it broke.
                await Task.WhenAny(Task.Delay(_pollEvery, cancel)).ConfigureAwait(false);
            }
        }

        events.TryComplete();
    }
}

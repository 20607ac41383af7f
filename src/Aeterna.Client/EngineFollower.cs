using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>
/// Follows an engine by its events, and asks for its status twice a second: the events are prompt, the asking is sure (a follower
/// that lags behind loses events, and a connection may break).
/// </summary>
internal sealed class EngineFollower(ControlClient client)
{
    private static readonly TimeSpan _pollEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Tells what happens until an attempt has its verdict, or, without an id, until it is cancelled.</summary>
    /// <param name="untilId">The attempt.</param>
    /// <param name="afterId">Events after this id; null: only new ones.</param>
    /// <param name="cancel">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="EngineException">The engine is gone, or refuses to be asked.</exception>
    public async IAsyncEnumerable<Followed> Follow(string? untilId, long? afterId, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var events = Channel.CreateBounded<EventReport>(1024);
        var reading = Read(events.Writer, afterId, end.Token);
        try
        {
            while (true)
            {
                var asked = await Ask(untilId, cancel).ConfigureAwait(false);
                yield return asked;
                await foreach (var report in UntilNextPoll(events.Reader, cancel).ConfigureAwait(false))
                {
                    yield return new Followed.Happened(report);
                    if (report is { Type: EventType.Finished, Record: { Verdict: not null } record } && record.Id == untilId)
                    {
                        yield return await LastLook(record, cancel).ConfigureAwait(false) ?? asked;
                        yield return new Followed.Decided(record);
                        yield break;
                    }
                }

                // The record may be ahead of the events: they had a moment to come, so that what happened is shown whole.
                if (untilId is not null && asked is Followed.Now { Record: { Verdict: not null } decided })
                {
                    yield return new Followed.Decided(decided);
                    yield break;
                }
            }
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    private static async IAsyncEnumerable<EventReport> UntilNextPoll(ChannelReader<EventReport> events, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var poll = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        poll.CancelAfter(_pollEvery);
        while (await Comes(events, poll.Token).ConfigureAwait(false))
        {
            if (events.TryRead(out var report))
            {
                yield return report;
            }
        }

        cancel.ThrowIfCancellationRequested();
    }

    private static async Task<bool> Comes(ChannelReader<EventReport> events, CancellationToken poll)
    {
        try
        {
            return await events.WaitToReadAsync(poll).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<Followed> Ask(string? untilId, CancellationToken cancel)
    {
        try
        {
            var status = await client.Status(cancel).ConfigureAwait(false);
            return new Followed.Now(status, (untilId ?? status.ReloadId) is { } id ? await client.Record(id, cancel).ConfigureAwait(false) : null);
        }
        catch (EngineException e) when (e.Error is EngineError.Timeout or EngineError.Unreachable || (untilId is null && e.Error == EngineError.NoSuchReload))
        {
            // A busy machine, or a reload that was over in between: the next poll tells more.
            return new Followed.Trouble(e.Message);
        }
    }

    // That the engine has ended since does not matter any more.
    private async Task<Followed?> LastLook(ReloadRecord decided, CancellationToken cancel)
    {
        try
        {
            return new Followed.Now(await client.Status(cancel).ConfigureAwait(false), decided);
        }
        catch (EngineException)
        {
            return null;
        }
    }

    // Ends only by cancellation: that the engine is gone is for Ask to say, in one place.
    private async Task Read(ChannelWriter<EventReport> events, long? afterId, CancellationToken cancel)
    {
        var last = afterId;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await foreach (var report in client.Events(last, cancel).ConfigureAwait(false))
                {
                    last = report.Id;
                    await events.WriteAsync(report, cancel).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is EngineException or HttpRequestException or IOException or OperationCanceledException)
            {
                // A broken stream is taken up again where it broke.
            }

            await Task.WhenAny(Task.Delay(_pollEvery, cancel)).ConfigureAwait(false);
        }
    }
}

using System.Threading.Channels;
using Aeterna.Cli.Views;
using Aeterna.Contract;

namespace Aeterna.Cli;

/// <summary>
/// Follows an engine by its events, and asks for its status twice a second: the events are prompt, the asking is sure (a follower
/// that lags behind loses events, and a connection may break).
/// </summary>
internal sealed class EngineFollower(ControlClient client, IFollowView view)
{
    private static readonly TimeSpan _pollEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Follows until an attempt has its verdict, or, without an id, until cancelled.</summary>
    /// <param name="untilId">The attempt.</param>
    /// <param name="afterId">Events after this id; null: only new ones.</param>
    /// <param name="cancel">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The attempt's record.</returns>
    /// <exception cref="CliException">The engine is gone.</exception>
    public async Task<ReloadRecord> Run(string? untilId, long? afterId, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var events = Channel.CreateBounded<EventReport>(1024);
        var reading = Read(events.Writer, afterId, end.Token);
        try
        {
            while (true)
            {
                // The record may be ahead of the events: they get a moment to come, so that what happened is shown whole.
                var polled = await Poll(untilId, cancel).ConfigureAwait(false);
                var finished = await ShowUntilNextPoll(events.Reader, untilId, end.Token).ConfigureAwait(false);
                if (polled is null && finished is not null)
                {
                    await Poll(untilId, cancel).ConfigureAwait(false);
                }

                if ((finished ?? polled) is { } decided)
                {
                    return decided;
                }
            }
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            while (events.Reader.TryRead(out var rest))
            {
                view.Show(rest);
            }
        }
    }

    private async Task<ReloadRecord?> ShowUntilNextPoll(ChannelReader<EventReport> events, string? untilId, CancellationToken cancel)
    {
        var poll = Task.Delay(_pollEvery, cancel);
        while (!poll.IsCompleted)
        {
            while (events.TryRead(out var report))
            {
                view.Show(report);
                if (report is { Type: EventType.Finished, Record: { Verdict: not null } record } && record.Id == untilId)
                {
                    return record;
                }
            }

            await Task.WhenAny(poll, events.WaitToReadAsync(cancel).AsTask()).ConfigureAwait(false);
        }

        await poll.ConfigureAwait(false);
        return null;
    }

    private async Task<ReloadRecord?> Poll(string? untilId, CancellationToken cancel)
    {
        try
        {
            var status = await client.Status(cancel).ConfigureAwait(false);
            var id = untilId ?? status.ReloadId;
            var record = id is null ? null : await client.Record(id, cancel).ConfigureAwait(false);
            view.Show(status, record);
            return untilId is not null && record?.Verdict is not null ? record : null;
        }
        catch (CliException e) when (e.ExitCode == ExitCode.Failed)
        {
            view.Trouble(e.Message);
            return null;
        }
    }

    // Ends only by cancellation: that the engine is gone is for Poll to say, in one place.
    private async Task Read(ChannelWriter<EventReport> events, long? afterId, CancellationToken cancel)
    {
        var last = afterId;
        try
        {
            while (true)
            {
                try
                {
                    await foreach (var report in client.Events(last, cancel).ConfigureAwait(false))
                    {
                        last = report.Id;
                        await events.WriteAsync(report, cancel).ConfigureAwait(false);
                    }
                }
                catch (Exception e) when (e is CliException or HttpRequestException or IOException or System.Text.Json.JsonException)
                {
                    // A broken stream is taken up again where it broke.
                }

                await Task.Delay(_pollEvery, cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            events.TryComplete();
        }
    }
}

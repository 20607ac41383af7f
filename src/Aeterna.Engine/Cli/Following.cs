using System.Diagnostics;
using Aeterna.Cli.Views;
using Aeterna.Client;
using Aeterna.Contract;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Aeterna.Cli;

/// <summary>Chooses how an engine is followed: a live picture in a terminal, one line per event elsewhere.</summary>
internal static class Following
{
    /// <summary>Events that are still remembered from the start of the engine on.</summary>
    private const long Remembered = 0;

    /// <summary>Follows until the attempt has its verdict, or, without an id, until cancelled.</summary>
    public static async Task<ReloadRecord> Run(CliContext context, ControlClient client, string? untilId, CancellationToken cancel)
    {
        if (!context.Terminal)
        {
            long? after = untilId is null ? null : Remembered;
            return await Show(client, new PlainFollowView(context), untilId, after, cancel).ConfigureAwait(false);
        }

        var console = Screen.Console(context);
        IRenderable? last = null;
        var live = console.Live(Text.Empty);
        (live.Overflow, live.AutoClear) = (VerticalOverflow.Ellipsis, true);
        try
        {
            return await live.StartAsync(async display =>
            {
                var view = new LiveFollowView(TimeProvider.System, picture => display.UpdateTarget(last = picture));
                return await Show(client, view, untilId, Remembered, cancel).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        finally
        {
            // A live picture stays as high as the highest was: what remains on the screen is the last one alone.
            if (last is not null)
            {
                console.Write(last);
            }
        }
    }

    /// <summary>Waits for an attempt's verdict and says it.</summary>
    /// <returns>The exit code; Ctrl-C and the end of the time end only the waiting.</returns>
    public static async Task<int> WaitFor(CliContext context, ControlClient client, string id, bool wayBackIsSuccess, TimeSpan? timeout)
    {
        using var interrupt = context.CatchInterrupt();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupt.Token);
        end.CancelAfter(timeout ?? Timeout.InfiniteTimeSpan);
        try
        {
            var record = await Run(context, client, id, end.Token).ConfigureAwait(false);
            var code = VerdictLine.ExitCodeOf(record, wayBackIsSuccess);
            var to = code == ExitCode.Done ? context.Out : context.Error;
            await to.WriteLineAsync(VerdictLine.Say(record)).ConfigureAwait(false);
            foreach (var line in record.Output)
            {
                await to.WriteLineAsync(OneLine.Clean($"    {line}")).ConfigureAwait(false);
            }

            return code;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            var interrupted = interrupt.Token.IsCancellationRequested;
            var after = interrupted ? "" : $" after {Human.Span(timeout!.Value)}";
            await context.Error.WriteLineAsync(
                $"stopped waiting{after}; {id} goes on (aeterna watch {client.Target.Options} follows it, aeterna history {client.Target.Options} has its verdict)")
                .ConfigureAwait(false);
            return interrupted ? ExitCode.Interrupted : ExitCode.WaitOver;
        }
        catch (EngineException e) when (e.Error == EngineError.NotRunning)
        {
            throw new CliException(ExitCode.NotRunning, $"cannot wait for {id}: the engine of {client.Target.Label} has ended (its log says why)", e);
        }
    }

    private static async Task<ReloadRecord> Show(ControlClient client, IFollowView view, string? untilId, long? afterId, CancellationToken cancel)
    {
        await foreach (var told in new EngineFollower(client).Follow(untilId, afterId, cancel).ConfigureAwait(false))
        {
            switch (told)
            {
                case Followed.Happened happened:
                    // What is remembered of earlier attempts is not about this one.
                    if (untilId is null || happened.Event.ReloadId == untilId)
                    {
                        view.Show(happened.Event);
                    }

                    break;
                case Followed.Now now:
                    view.Show(now.Status, now.Record);
                    break;
                case Followed.Trouble trouble:
                    view.Trouble(trouble.Message);
                    break;
                case Followed.Decided decided:
                    return decided.Record;
            }
        }

        throw new UnreachableException();
    }
}

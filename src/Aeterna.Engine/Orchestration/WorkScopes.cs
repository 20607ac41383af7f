using Aeterna.Machine;
using Microsoft.Extensions.Logging;

namespace Aeterna.Orchestration;

/// <summary>
/// Runs work. An attempt's work can be abandoned as a whole; the end of a generation cannot. A failure that
/// nobody foresaw is logged and becomes the failing answer; where the work only looks at something it looks once more before that, since
/// what is read of processes changes while it is read. Used by the loop alone.
/// </summary>
internal sealed class WorkScopes(ILogger logger, Action<MachineEvent> post) : IDisposable
{
    private static readonly TimeSpan _lastPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _beforeAnotherLook = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _end = new();
    private readonly HashSet<Task> _running = [];
    private CancellationTokenSource _attempt = new();
    private CancellationTokenSource _switch = new();

    /// <summary>A new attempt begins. Work of the one before that is still there (its hooks) runs on.</summary>
    public void Renew() => _attempt = new CancellationTokenSource();

    /// <summary>Takes back the attempt's work; what follows (its hooks) is not touched.</summary>
    public void Abandon()
    {
        // Not here and now: what hangs on the token must not run on the loop.
        _ = _attempt.CancelAsync();
        Renew();
    }

    /// <summary>Tells the switch under way to end as soon as can be; its answer comes all the same.</summary>
    public void Hasten()
    {
        _ = _switch.CancelAsync();
        _switch = new CancellationTokenSource();
    }

    /// <param name="work">What is to be done.</param>
    /// <param name="doing">Does it.</param>
    public void Start(Work work, Func<CancellationToken, Task<MachineEvent?>> doing)
    {
        _running.RemoveWhere(task => task.IsCompleted);
        var abandoned = work.Scope switch
        {
            WorkScope.Attempt => _attempt.Token,
            WorkScope.Hastened => _switch.Token,
            _ => CancellationToken.None,
        };
        _running.Add(Task.Run(() => Run(work, doing, abandoned)));
    }

    /// <summary>Takes back everything and waits for it.</summary>
    public async Task End()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        if (!await Task.WhenAll(_running).EndsWithin(_lastPatience, TimeProvider.System).ConfigureAwait(false))
        {
            logger.TasksLeft(_running.Count(task => !task.IsCompleted));
        }
    }

    public void Dispose()
    {
        _attempt.Dispose();
        _switch.Dispose();
        _end.Dispose();
    }

    private async Task Run(Work work, Func<CancellationToken, Task<MachineEvent?>> doing, CancellationToken abandoned)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abandoned, _end.Token);
        MachineEvent? answer;
        try
        {
            answer = await Look(work, doing, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            logger.EffectFailed(e, work.GetType().Name);
            answer = work.Broke(e.Message);
        }

        if (answer is not null)
        {
            post(answer);
        }
    }

    private async Task<MachineEvent?> Look(Work work, Func<CancellationToken, Task<MachineEvent?>> doing, CancellationToken cancel)
    {
        try
        {
            return await doing(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (work.OnlyLooks && !cancel.IsCancellationRequested)
        {
            logger.LooksAgain(e, work.GetType().Name);
        }

        await Task.Delay(_beforeAnotherLook, cancel).ConfigureAwait(false);
        return await doing(cancel).ConfigureAwait(false);
    }
}

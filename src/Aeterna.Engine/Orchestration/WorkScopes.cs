using Aeterna.Orchestration.Machine;
using Microsoft.Extensions.Logging;

namespace Aeterna.Orchestration;

/// <summary>
/// Runs the work behind effects. An attempt's work can be abandoned as a whole; the end of a generation cannot. A failure that
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

    public void Start(Effect effect, Func<CancellationToken, Task<MachineEvent?>> work)
    {
        _running.RemoveWhere(task => task.IsCompleted);
        var abandoned = effect switch
        {
            Launch or Drain or Discard => CancellationToken.None,
            BeginSwitch => _switch.Token,
            _ => _attempt.Token,
        };
        _running.Add(Task.Run(() => Run(effect, work, abandoned)));
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

    private async Task Run(Effect effect, Func<CancellationToken, Task<MachineEvent?>> work, CancellationToken abandoned)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abandoned, _end.Token);
        MachineEvent? answer;
        try
        {
            answer = await Look(effect, work, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            logger.EffectFailed(e, effect.GetType().Name);
            answer = EffectFailure.Of(effect, e.Message);
        }

        if (answer is not null)
        {
            post(answer);
        }
    }

    private async Task<MachineEvent?> Look(Effect effect, Func<CancellationToken, Task<MachineEvent?>> work, CancellationToken cancel)
    {
        try
        {
            return await work(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (effect is AwaitReady or BeginSoak or InspectProgram && !cancel.IsCancellationRequested)
        {
            logger.LooksAgain(e, effect.GetType().Name);
        }

        await Task.Delay(_beforeAnotherLook, cancel).ConfigureAwait(false);
        return await work(cancel).ConfigureAwait(false);
    }
}

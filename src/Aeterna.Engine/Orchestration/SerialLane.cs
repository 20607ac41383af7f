namespace Aeterna.Orchestration;

/// <summary>Runs work on the pool, one piece after the other, in the order in which it was given.</summary>
internal sealed class SerialLane
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    /// <summary>The task fails as the work does; the work after it runs all the same.</summary>
    public Task<T> Run<T>(Func<T> work)
    {
        lock (_lock)
        {
            var next = _last.ContinueWith(
                _ => work(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            _last = next;
            return next;
        }
    }
}

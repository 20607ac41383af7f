namespace Aeterna.StateHandoff;

/// <summary>Waits on a clock that may be moved.</summary>
internal static class Waits
{
    /// <summary>Whether something is done, well or not, before a time has passed. It is not told of what becomes of it, nor stopped.</summary>
    public static async Task<bool> IsDoneWithin(this Task task, TimeSpan limit, TimeProvider time, CancellationToken cancel = default)
    {
        await task.WaitAsync(limit, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }
}

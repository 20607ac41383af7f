namespace Aeterna.Orchestration;

/// <summary>Keeps waiting times within what a timer can do (49 days).</summary>
internal static class Patience
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(45);

    public static TimeSpan Bound(TimeSpan wait) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait < _longest ? wait : _longest;

    /// <summary>Whether the task ended in time.</summary>
    public static async Task<bool> EndsWithin(this Task task, TimeSpan wait, TimeProvider time)
    {
        try
        {
            await task.WaitAsync(Bound(wait), time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return task.IsCompleted;
        }
    }
}

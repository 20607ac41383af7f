namespace Aeterna.Load.Senders;

/// <summary>Runs an action on a thread of its own, so that a busy pool does not disturb a schedule.</summary>
internal static class DedicatedThread
{
    public static Task Run(string name, Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
#pragma warning disable CA1031 // The task carries it to whoever waits.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        })
        { IsBackground = true, Name = name };
        thread.Start();
        return done.Task;
    }
}

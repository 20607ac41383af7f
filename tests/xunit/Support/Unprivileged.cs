using Aeterna.Linux;

namespace Aeterna.Tests.Support;

/// <summary>Does something as an engine without privileges would: on a thread, and on those that it starts, without capabilities.</summary>
internal static class Unprivileged
{
    /// <summary>Runs it to its end; its exception is the caller's. What it makes belongs to <paramref name="user"/>, if root runs the tests.</summary>
    public static void Run(Action action, uint? user = null)
    {
        var own = Rights.Of(Environment.ProcessId)! with { Capabilities = 0 };
        Deputy.Do(user is { } other ? own with { Uid = other, Gid = other } : own, null, () =>
        {
            action();
            return 0;
        });
    }
}

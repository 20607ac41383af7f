using Aeterna.Linux;

namespace Aeterna.Generations.Freezing;

/// <summary>Whether processes that were asked to stand still do so. Pure but for what it reads of /proc.</summary>
internal static class Stillness
{
    /// <summary>How long a generation may take to stand still: a thread in the middle of a slow disk stops only after that.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMicroseconds(100);

    /// <summary>
    /// Whether no thread of a process can run. A thread that waits for the broker's answer in a call that it has trapped cannot be
    /// interrupted, and so never shows as stopped; but it goes from the answered call straight into the stop, without a step of its own.
    /// </summary>
    /// <param name="pid">The process.</param>
    /// <param name="isStopped">Whether a state means a stop.</param>
    public static bool Holds(int pid, Func<char, bool> isStopped) =>
        ProcThreads.Standing(pid).All(t => isStopped(t.State) || t.State is 'Z' or 'X' || AwaitsBroker(t.State, t.Function));

    /// <summary>Whether a thread waits for the broker.</summary>
    public static bool AwaitsBroker(char state, string function) => state == 'D' && function.Contains("seccomp", StringComparison.Ordinal);
}

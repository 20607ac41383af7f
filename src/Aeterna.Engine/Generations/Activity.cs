using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>What all threads of a generation do at one moment.</summary>
/// <param name="Threads">Every thread that is alive.</param>
/// <param name="Written">Bytes that its processes have written so far, by whatever write call.</param>
internal sealed record Activity(IReadOnlyList<ThreadActivity> Threads, long Written)
{
    /// <summary>A thread of it runs, or would if it had a processor, or waits for the disk.</summary>
    public bool Works => Threads.Any(thread => thread.State is 'R' or 'D' && !IsTrapped(thread));

    /// <summary>A signal has stopped it, or a debugger: it does nothing until it is told to go on.</summary>
    public bool IsStopped => Threads.Any(IsStill) && Threads.All(thread => IsStill(thread) || IsTrapped(thread));

    private static bool IsStill(ThreadActivity thread) => thread.State is 'T' or 't';

    // It waits for the answer to a trapped call, and stops when it has it.
    private static bool IsTrapped(ThreadActivity thread) => thread.Function.Contains("seccomp", StringComparison.Ordinal);
}

using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>What all threads of a generation do at one moment.</summary>
/// <param name="Threads">Every thread that is alive.</param>
/// <param name="Written">Bytes that its processes have written so far, by whatever write call.</param>
internal sealed record Activity(IReadOnlyList<ThreadActivity> Threads, long Written)
{
    /// <summary>A thread of it runs, or would if it had a processor, or waits for the disk.</summary>
    public bool Works => Threads.Any(thread => thread.State is 'R' or 'D' && !thread.Function.Contains("seccomp", StringComparison.Ordinal));

    /// <summary>A signal has stopped it, or a debugger: it does nothing until it is told to go on.</summary>
    public bool IsStopped => Threads.Count > 0 && Threads.All(thread => thread.State is 'T' or 't');
}

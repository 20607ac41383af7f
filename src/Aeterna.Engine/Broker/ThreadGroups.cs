using System.Collections.Concurrent;

using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>Which process a thread belongs to, remembered, since looking it up costs more than most answers. For any thread.</summary>
internal sealed class ThreadGroups
{
    private const int Most = 4096;

    private readonly ConcurrentDictionary<int, int> _known = [];

    /// <summary>The process of a thread; null when it is gone.</summary>
    public int? Of(int tid)
    {
        // The number may be another thread's by now; then the process that is remembered has no thread of that number.
        if (_known.TryGetValue(tid, out var process) && ProcFs.HasThread(process, tid))
        {
            return process;
        }

        if (ProcFs.ThreadGroup(tid) is not { } found)
        {
            return null;
        }

        if (_known.Count >= Most)
        {
            _known.Clear();
        }

        return _known[tid] = found;
    }
}

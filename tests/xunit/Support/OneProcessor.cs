using System.Runtime.InteropServices;
using Aeterna.Linux;

namespace Aeterna.Tests.Support;

/// <summary>Keeps the calling thread on the processor on which it runs, until it is disposed by the same thread (sched_setaffinity(2)).</summary>
internal sealed unsafe partial class OneProcessor : IDisposable
{
    private const int Words = 16; // 1024 processors.
    private readonly ulong[] _before = new ulong[Words];

    public OneProcessor()
    {
        fixed (ulong* before = _before)
        {
            Errno.ThrowIfFailed(sched_getaffinity(0, Words * sizeof(ulong), before), "sched_getaffinity");
        }

        var processor = sched_getcpu();
        var one = new ulong[Words];
        one[processor / 64] = 1UL << (processor % 64);
        Set(one);
    }

    public void Dispose() => Set(_before);

    private static void Set(ulong[] processors)
    {
        fixed (ulong* set = processors)
        {
            Errno.ThrowIfFailed(sched_setaffinity(0, Words * sizeof(ulong), set), "sched_setaffinity");
        }
    }

    [LibraryImport("libc")]
    private static partial int sched_getcpu();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_getaffinity(int pid, nint size, ulong* set);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setaffinity(int pid, nint size, ulong* set);
}

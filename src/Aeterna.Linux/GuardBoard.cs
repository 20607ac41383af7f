using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// What an engine writes for its guard (<see cref="DescriptorGuard"/>), in memory that both have: which descriptors the next engine needs. There are two lists, of which one
/// counts; the other one is written, and then they change places, so that whoever reads finds one that is whole, at whatever moment the writer dies.
/// </summary>
internal sealed unsafe partial class GuardBoard
{
    /// <summary>Descriptors in one list.</summary>
    public const int Most = 1 << 20;

    private const int PROT_READ = 1;
    private const int PROT_WRITE = 2;
    private const int MAP_SHARED = 1;
    private const int MAP_ANONYMOUS = 0x20;
    private const int MAP_NORESERVE = 0x4000;

    private readonly Lock _gate = new();
    private readonly Memory* _memory;

    [StructLayout(LayoutKind.Sequential)]
    internal struct Memory
    {
        /// <summary>The engine has ended, or is about to: nothing is to be done when it is gone.</summary>
        public int IsDismissed;

        /// <summary>The list that counts.</summary>
        public int Valid;

        /// <summary>By list: the ledger's descriptor, 0: there is none; and how many descriptors there are beside it.</summary>
        public fixed int Ledger[2];

        public fixed int Count[2];

        /// <summary>A list. What is behind the two of them belongs to the same mapping.</summary>
        public static int* Descriptors(Memory* memory, int list) => (int*)(memory + 1) + (list * Most);
    }

    /// <summary>Takes memory that a process which is cloned from this one has too. Pages count as used when they are written.</summary>
    /// <exception cref="LinuxException">ENOMEM.</exception>
    public GuardBoard() =>
        _memory = (Memory*)Errno.ThrowIfFailed(mmap(0, (nuint)sizeof(Memory) + (2 * Most * sizeof(int)), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), "mmap");

    /// <summary>It, for the guard.</summary>
    internal Memory* Shared => _memory;

    /// <summary>From now on this ledger counts, and these descriptors are kept with it.</summary>
    /// <param name="ledger">The ledger; open until the next call has returned.</param>
    /// <param name="descriptors">Stay the caller's.</param>
    public void Write(int ledger, IReadOnlyCollection<int> descriptors)
    {
        lock (_gate)
        {
            var next = 1 - _memory->Valid;
            var (list, count) = ((nint)Memory.Descriptors(_memory, next), 0);
            foreach (var fd in descriptors.Take(Most))
            {
                ((int*)list)[count++] = fd;
            }

            _memory->Count[next] = count;
            _memory->Ledger[next] = ledger;
            Volatile.Write(ref _memory->Valid, next);
        }
    }

    /// <summary>Nothing is to be done when the engine is gone.</summary>
    public void Dismiss() => Volatile.Write(ref _memory->IsDismissed, 1);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int fd, long offset);
}

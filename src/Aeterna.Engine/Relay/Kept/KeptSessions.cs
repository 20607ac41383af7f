using System.Runtime.InteropServices;
using Aeterna.Linux;

namespace Aeterna.Relay.Kept;

/// <summary>
/// What there is to know of every relayed connection, in memory that outlives the engine: first the descriptors of all, which the guard keeps open, then a place for each, and what each
/// relay thread is about to do. Taking and leaving a place is for any thread, a place itself for its owner.
/// </summary>
internal sealed unsafe class KeptSessions : IDisposable
{
    /// <summary>Connections that can be kept; one beyond them is carried, and ends with the engine.</summary>
    public const int Most = 1 << 17;

    /// <summary>Descriptors of one connection: the client's, the engine's end of the leg, and its duplicate of the generation's end.</summary>
    public const int DescriptorsOfOne = 3;

    /// <summary>More threads than any engine has.</summary>
    public const int Threads = 64;

    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly SharedMemory _memory;

    /// <summary>One connection. There are two copies of its stream: one counts, and the other one is written.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Place
    {
        /// <summary>The held socket that it came by, as the ledger names it.</summary>
        public int Listener;

        /// <summary>Whose the leg is.</summary>
        public int Generation;
        public int IsAccepted;
        public int IsGiven;

        /// <summary>The copy that counts.</summary>
        public int Valid;
        public long Ordinal;
        public KeptStream First;
        public KeptStream Second;
    }

    /// <summary>What a thread is about to do. The place's number and 1 is written last; 0: nothing.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Intent
    {
        /// <summary>It receives from this one's client, to this place in the blocks.</summary>
        public int Receives;

        /// <summary>It gives this one's generation so many bytes, from there in the stream.</summary>
        public int Gives;

        /// <summary>It passes an answer on to this one's client.</summary>
        public int Answers;

        /// <summary>The descriptor that the answer comes from.</summary>
        public int AnswersFrom;

        /// <summary>Where in the blocks it is received to; -1: in none.</summary>
        public long AnswersAt;

        /// <summary>What has been taken from that descriptor since it is counted.</summary>
        public long AnswersTaken;

        /// <summary>What has been written to the client; -1: not known.</summary>
        public long AnswersWritten;
        public long At;
        public long GivesFrom;
        public long GivesBytes;
    }

    /// <summary>Makes the memory.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE, ENOMEM.</exception>
    public KeptSessions() => _memory = new SharedMemory("aeterna-sessions", Size);

    /// <summary>A predecessor's, whose descriptor stays the caller's; only to be read.</summary>
    /// <exception cref="LinuxException">EBADF, EMFILE, ENODEV (it is something else), ENOMEM.</exception>
    public KeptSessions(int memory) => _memory = new SharedMemory(FileDescriptor.Duplicate(memory), Size);

    private static long Size => 64 + ((long)Threads * sizeof(Intent)) + ((long)Most * DescriptorsOfOne * sizeof(int)) + ((long)Most * sizeof(Place));

    /// <summary>The memory; this object's.</summary>
    public int Memory => _memory.Memory.Number;

    /// <summary>One more than the highest place that was ever taken, for the guard.</summary>
    public int* Highest => (int*)_memory.Address;

    /// <summary>The descriptors of all, for the guard: 0 is none.</summary>
    public int* Descriptors => (int*)(_memory.Address + 64 + (Threads * sizeof(Intent)));

    /// <summary>They for the guard.</summary>
    public MoreDescriptors ForGuard => new((nint)Descriptors, (nint)Highest, DescriptorsOfOne);

    /// <summary>The descriptors of all that have a place.</summary>
    public IReadOnlyList<int> All() => new ReadOnlySpan<int>(Descriptors, *Highest * DescriptorsOfOne).ToArray();

    /// <summary>Takes a place; -1: there is none.</summary>
    public int Take(int listener, long ordinal)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out var place))
            {
                if (*Highest >= Most)
                {
                    return -1;
                }

                place = (*Highest)++;
            }

            *At(place) = new Place { Listener = listener, Ordinal = ordinal };
            return place;
        }
    }

    /// <summary>Leaves a place. Its descriptors are still open: nobody has their numbers yet.</summary>
    public void Leave(int place)
    {
        var own = Of(place);
        (own[0], own[1], own[2]) = (0, 0, 0);
        lock (_gate)
        {
            _free.Push(place);
        }
    }

    /// <summary>A place.</summary>
    public Place* At(int place) => (Place*)(Descriptors + ((long)Most * DescriptorsOfOne)) + place;

    /// <summary>The descriptors of one.</summary>
    public int* Of(int place) => Descriptors + ((long)place * DescriptorsOfOne);

    /// <summary>What a thread is about to do.</summary>
    public Intent* IntentOf(int thread) => (Intent*)(_memory.Address + 64) + Math.Min(thread, Threads - 1);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}

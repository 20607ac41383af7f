using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>
/// Calls that have been received and are not answered, in memory that outlives this process: the kernel tells of each only once. It writes them there itself, so that there is no
/// moment at which one is known to nobody.
/// </summary>
internal sealed class ReceivedCalls : IDisposable
{
    /// <summary>More than threads of a program are likely to wait at once. What comes beyond is known to this process alone.</summary>
    private const int Most = 1024;

    private readonly Lock _gate = new();
    private readonly MemoryMap _map;
    private readonly Stack<int> _free = new(Enumerable.Range(0, Most).Reverse());
    private readonly Dictionary<ulong, int> _places = [];

    /// <summary>Makes the memory.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE, ENOMEM.</exception>
    public ReceivedCalls()
        : this(MemFd.Create("aeterna-calls", Size))
    {
    }

    private unsafe ReceivedCalls(FileDescriptor memory)
    {
        Memory = memory;
        _map = new MemoryMap(memory, 0, Size, writable: true);
    }

    private static unsafe int Size => Most * (sizeof(SeccompNotif) + sizeof(Gift));

    private unsafe Gift* Gifts => (Gift*)(Address(0) + Most);

    /// <summary>What a call is to get.</summary>
    private struct Gift
    {
        public ulong Inode;
        public int Number;
    }

    /// <summary>The memory; this object's.</summary>
    public FileDescriptor Memory { get; }

    /// <summary>What a predecessor has left, whose memory this takes over. They have their places until they are answered.</summary>
    public static (ReceivedCalls Calls, IReadOnlyList<SeccompNotif> Left) From(int memory)
    {
        var calls = new ReceivedCalls(new FileDescriptor(memory));
        List<SeccompNotif> left = [];
        calls._free.Clear();
        for (var place = Most - 1; place >= 0; place--)
        {
            if (calls.At(place) is { Id: not 0 } notification)
            {
                calls._places[notification.Id] = place;
                left.Add(notification);
            }
            else
            {
                calls._free.Push(place);
            }
        }

        return (calls, left);
    }

    /// <summary>Receives a call: see <see cref="Seccomp.Receive(int, out SeccompNotif)"/>.</summary>
    public unsafe bool Receive(int listener, out SeccompNotif notification)
    {
        var place = -1;
        lock (_gate)
        {
            place = _free.TryPop(out var free) ? free : -1;
        }

        if (place < 0)
        {
            return Seccomp.Receive(listener, out notification);
        }

        var isThere = false;
        try
        {
            isThere = Seccomp.Receive(listener, Address(place));
            notification = isThere ? At(place) : default;
            return isThere;
        }
        finally
        {
            lock (_gate)
            {
                if (isThere)
                {
                    _places[At(place).Id] = place;
                }
                else
                {
                    *Address(place) = default;
                    _free.Push(place);
                }
            }
        }
    }

    /// <summary>
    /// A call is about to be answered with a descriptor, in two steps: it is put into the process, and then the call gets its number. (In one step an engine that is killed meanwhile
    /// leaves the call with the number 0.)
    /// </summary>
    /// <param name="id">The call.</param>
    /// <param name="number">The number there.</param>
    /// <param name="inode">The socket.</param>
    public unsafe void WillGive(ulong id, int number, ulong inode)
    {
        lock (_gate)
        {
            if (_places.TryGetValue(id, out var place))
            {
                (Gifts[place].Inode, Gifts[place].Number) = (inode, number);
            }
        }
    }

    /// <summary>The number that a call was to be answered with, if its process has it already; null: it has not.</summary>
    /// <param name="id">The call, which a predecessor has received.</param>
    /// <param name="process">Its process.</param>
    public unsafe int? GivenTo(ulong id, int process)
    {
        lock (_gate)
        {
            return _places.TryGetValue(id, out var place) && Gifts[place] is { Inode: not 0 } gift && ProcFs.SocketInode(process, gift.Number) == gift.Inode ? gift.Number : null;
        }
    }

    /// <summary>A call has been answered, or nobody waits for the answer any more.</summary>
    public unsafe void Answered(ulong id)
    {
        lock (_gate)
        {
            if (_places.Remove(id, out var place))
            {
                Gifts[place] = default;
                *Address(place) = default;
                _free.Push(place);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ((IDisposable)_map).Dispose();
        Memory.Dispose();
    }

    private unsafe SeccompNotif At(int place) => *Address(place);

    private unsafe SeccompNotif* Address(int place)
    {
        fixed (byte* first = _map.GetSpan()) // It does not move.
        {
            return (SeccompNotif*)first + place;
        }
    }
}

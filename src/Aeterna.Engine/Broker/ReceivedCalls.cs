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

    private static unsafe int Size => Most * sizeof(SeccompNotif);

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

    /// <summary>A call has been answered, or nobody waits for the answer any more.</summary>
    public unsafe void Answered(ulong id)
    {
        lock (_gate)
        {
            if (_places.Remove(id, out var place))
            {
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

using Aeterna.Linux;

using Aeterna.Listeners.Outside;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Relay.Datagrams;

/// <summary>
/// A unix datagram socket (/dev/log) whose public side stays with the engine for good: its path is always there, and senders that are
/// connected to it stay connected. Each datagram goes on, whole and in its sender's name, to the private side of the generation that the
/// route names.
/// </summary>
/// <remarks>
/// Datagrams are given to a generation as late as possible: what its private queue cannot take waits here, for whoever the route names
/// then. When that is full too, they stay in the public socket, and senders wait as they would for a slow program. In memory:
/// <see cref="WaitingDatagrams.MaxBytes"/>, and once more that while datagrams are taken back; in the kernel twice that for each generation.
/// Not relayed are descriptors, and the addresses of senders that have any (hardly one has: a reply to it goes out under another name).
/// </remarks>
internal sealed partial class DatagramRelay : ITrafficInput, IOutsideInput
{
    private readonly Lock _gate = new();
    private readonly FileDescriptor _public;
    private readonly ILogger _log;
    private readonly SenderIdentity _identity;
    private readonly SortedDictionary<int, DatagramSide> _sides = [];
    private readonly WaitingDatagrams _waiting = new();
    private readonly ShareCounter _share = new();
    private readonly byte[] _buffer = new byte[WaitingDatagrams.MaxBytes];
    private readonly DatagramLoop _loop;
    private Route _route = Route.Held;
    private volatile int _outside;
    private bool _isHeld;
    private bool _saidDescriptors;
    private bool _disposed;
    private long _framesIn;
    private long _bytesIn;
    private long _lost;

    /// <param name="address">The address that clients use.</param>
    /// <param name="held">The socket that is bound to it; stays the table's, which closes it after this has been disposed.</param>
    /// <param name="log">The log.</param>
    /// <param name="outside">A generation that reads it by itself; 0: none.</param>
    /// <param name="isHeld">It reads and gives nothing before <see cref="GoOn"/>.</param>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public DatagramRelay(ListenerAddress address, FileDescriptor held, ILogger log, int outside = 0, bool isHeld = false)
    {
        (_outside, _isHeld) = (outside, isHeld);
        (Address, _public, _log, _identity) = (address, held, log, new SenderIdentity(address, log));
        Messages.WantCredentials(held.Number);
        _loop = new DatagramLoop(Wants, Work);
    }

    /// <inheritdoc/>
    public ListenerAddress Address { get; }

    /// <inheritdoc/>
    public int Outside
    {
        get => _outside;
        set
        {
            _outside = value;
            _loop.Wake();
        }
    }

    /// <inheritdoc/>
    public int Join(JoinCall call)
    {
        lock (_gate)
        {
            if (!_sides.TryGetValue(call.Generation, out var side))
            {
                side = DatagramSide.Open();
            }

            if (side.GiveTo(call))
            {
                _sides[call.Generation] = side;
            }
            else if (!_sides.ContainsKey(call.Generation))
            {
                side.Dispose(); // The caller died; nobody reads the answer.
            }
        }

        _loop.Wake();
        return 0;
    }

    /// <summary>A datagram socket does not listen.</summary>
    public int Listen(int generation, int backlog) => Errno.EOPNOTSUPP;

    /// <inheritdoc/>
    public ulong? PrivateInode(int generation)
    {
        lock (_gate)
        {
            return generation == _outside ? ProcFs.SocketInode(Environment.ProcessId, _public.Number)
                : _sides.TryGetValue(generation, out var side) ? side.Inode
                : null;
        }
    }

    /// <summary>None: there are no connections.</summary>
    public IRelaySide? Side(int generation) => null;

    /// <summary>Nothing: a generation is ready for traffic when it has bound.</summary>
    public void Prepare(int generation)
    {
    }

    /// <inheritdoc/>
    public long Direct(Route route, int? takeBack)
    {
        long taken;
        lock (_gate)
        {
            _route = route;
            taken = takeBack is { } generation && _sides.TryGetValue(generation, out var side) ? TakeBack(side) : 0;
        }

        _loop.Wake();
        return taken;
    }

    /// <inheritdoc/>
    public bool HasRead(int generation)
    {
        lock (_gate)
        {
            var isNamed = generation == _route.Main || generation == _route.Candidate;
            return !_sides.TryGetValue(generation, out var side)
                || (!side.HasUnread && !(isNamed && (_waiting.Count > 0 || HasArrived())));
        }
    }

    /// <inheritdoc/>
    public Leftover Leftover(int generation)
    {
        lock (_gate)
        {
            // What is unread is counted with what the kernel needs beside it: so the difference may fall, and grows only when something is read.
            return _sides.TryGetValue(generation, out var side) ? new Leftover(side.HasUnread, side.Given.Bytes - side.Unread) : default;
        }
    }

    /// <summary>Closes a generation's side. What it has not read, if anything, goes to whoever the route names.</summary>
    public GivenCounts Leave(int generation)
    {
        GivenCounts given = default;
        lock (_gate)
        {
            if (_sides.Remove(generation, out var side))
            {
                TakeBack(side);
                given = side.Given;
                side.Dispose();
            }
        }

        _loop.Wake();
        return given;
    }

    /// <inheritdoc/>
    public InputCounts Counts()
    {
        lock (_gate)
        {
            return InputCounts.None with
            {
                FramesIn = _framesIn,
                BytesIn = _bytesIn,
                WaitingBytes = _waiting.Bytes,
                Lost = _lost,
                ToGeneration = _sides.ToDictionary(s => s.Key, s => s.Value.Given),
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _loop.Dispose();
        foreach (var side in _sides.Values)
        {
            side.Dispose();
        }

        _sides.Clear();
        if (_waiting.Count > 0)
        {
            DatagramLog.LostAtEnd(_log, _waiting.Count, Address);
        }
    }

    private long TakeBack(DatagramSide side)
    {
        var unread = side.TakeBack(_buffer);
        if (unread.Count > 0)
        {
            _waiting.PutInFront(unread);
        }

        return unread.Count;
    }
}

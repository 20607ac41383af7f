using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Relay.Frames;

namespace Aeterna.Relay.Sides;

/// <summary>
/// A generation's private listening socket: a unix stream with a name that the kernel made up. Legs are connected to it and accepted from
/// it under one lock, so that the order of the kernel's queue is known and each accepted end finds its leg.
/// </summary>
internal sealed unsafe partial class RelaySide : IRelaySide, IDisposable
{
    // More than net.core.somaxconn allows on any system: the kernel takes its own limit. A generation that is held still accepts nothing.
    private const int LongestBacklog = 65_535;

    private readonly Lock _gate = new();
    private readonly byte[] _address;
    private readonly Queue<Leg?> _connected = new(); // Null: nobody is to accept it any more.
    private readonly Queue<Leg> _waiting = new();
    private Leg? _handedOut;
    private FileDescriptor? _closeLater;
    private bool _listens;
    private bool _left;

    /// <summary>Makes the socket; <paramref name="held"/> stays the table's.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE.</exception>
    public RelaySide(int generation, FileDescriptor held)
    {
        (Generation, Public) = (generation, held);
        Listener = new FileDescriptor(Errno.ThrowIfFailed(LibC.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0), "socket"));
        var family = (ushort)Libc.AF_UNIX; // Only the family: the kernel chooses an abstract name (unix(7), autobind).
        if (Libc.bind(Listener.Number, (byte*)&family, sizeof(ushort)) < 0)
        {
            var error = Errno.Last;
            Listener.Dispose();
            throw new LinuxException("bind", error);
        }

        _address = Libc.LocalName(Listener.Number);
        Inode = ProcFs.SocketInode(Environment.ProcessId, Listener.Number) ?? 0;
    }

    /// <summary>Goes on with a predecessor's socket, which it takes over. <paramref name="held"/> stays the table's.</summary>
    public RelaySide(RelaySideState state, FileDescriptor held)
    {
        (Generation, Public, Listener, _listens) = (state.Generation, held, new FileDescriptor(state.Listener), state.Listens);
        _address = Libc.LocalName(Listener.Number);
        Inode = ProcFs.SocketInode(Environment.ProcessId, Listener.Number) ?? 0;
    }

    public int Generation { get; }

    /// <summary>How the generation cuts streams.</summary>
    public required FrameRules Rules { get; init; }

    /// <summary>What the generation reads is counted, for an engine that goes on when this one dies (<see cref="SocketQueues.CountTaken"/>).</summary>
    public bool CountsReads { get; init; }

    /// <summary>Who else of the generation may have a leg.</summary>
    public required OtherHolders Others { get; init; }

    /// <summary>Inode of <see cref="Listener"/>.</summary>
    public ulong Inode { get; }

    /// <inheritdoc/>
    public FileDescriptor Listener { get; }

    /// <inheritdoc/>
    public FileDescriptor Public { get; }

    /// <inheritdoc/>
    public event Action? Arrived;

    /// <summary>Legs that are connected, or are to be, and that nobody has accepted.</summary>
    public int Unaccepted
    {
        get
        {
            lock (_gate)
            {
                return _connected.Count(leg => leg is { IsGone: false }) + _waiting.Count(leg => !leg.IsGone) + _returned.Count(leg => !leg.IsGone);
            }
        }
    }

    /// <summary>Makes O_NONBLOCK of the private socket what the program set on its own; 0 or an errno.</summary>
    public int FollowBlockingMode(int flags) => LibC.fcntl(Listener.Number, Libc.F_SETFL, flags) < 0 ? Errno.Last : 0;

    /// <summary>listen(2); 0 or an errno.</summary>
    public int Listen(int backlog)
    {
        lock (_gate)
        {
            if (_left)
            {
                return Errno.EINVAL;
            }

            if (LibC.listen(Listener.Number, Math.Max(backlog, LongestBacklog)) < 0)
            {
                return Errno.Last;
            }

            _listens = true;
            return 0;
        }
    }

    /// <summary>Connects a leg.</summary>
    public Connecting Connect(Leg leg)
    {
        lock (_gate)
        {
            if (!_listens || _left || leg.IsGone)
            {
                return Connecting.Refused;
            }

            int result;
            fixed (byte* address = _address)
            {
                do
                {
                    result = Libc.connect(leg.Fd, address, (uint)_address.Length);
                }
                while (result < 0 && Errno.Last == Errno.EINTR);
            }

            if (result < 0)
            {
                if (Errno.Last != Errno.EAGAIN)
                {
                    throw new LinuxException("connect", Errno.Last);
                }

                _waiting.Enqueue(leg);
                return Connecting.Waiting;
            }

            _connected.Enqueue(leg);
        }

        Arrived?.Invoke();
        return Connecting.Made;
    }

    /// <summary>Takes a leg back that the generation has not accepted; false when it has.</summary>
    public bool Withdraw(Leg leg)
    {
        lock (_gate)
        {
            leg.IsGone |= !leg.IsAccepted;
            return !leg.IsAccepted;
        }
    }

    /// <summary>
    /// Closes our duplicate of the generation's end. When the broker may be about to give it away at this moment, its number must not be
    /// used for something else: then it is closed at the next <see cref="TryAccept"/>.
    /// </summary>
    /// <param name="leg">The leg.</param>
    /// <param name="isGiven">It is known that the generation has it.</param>
    public void CloseEnd(Leg leg, bool isGiven)
    {
        lock (_gate)
        {
            leg.IsGone = true;
            var end = leg.AcceptedEnd;
            leg.AcceptedEnd = null;
            if (_handedOut == leg && !isGiven && !_left)
            {
                _closeLater = end;
            }
            else
            {
                end?.Dispose();
            }
        }
    }

    /// <summary>Closes the private socket. Legs are closed by their sessions.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _left = true;
            _closeLater?.Dispose();
            Listener.Dispose();
            _connected.Clear();
            _waiting.Clear();
            _returned.Clear();
        }
    }
}

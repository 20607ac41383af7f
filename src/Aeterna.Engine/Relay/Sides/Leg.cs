using System.Diagnostics;

using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Kept;
using Aeterna.Relay.Loop;

namespace Aeterna.Relay.Sides;

/// <summary>
/// A private connection between one client's session and one generation. The engine has both ends: its own, and (as long as the generation
/// does not close its descriptor) a duplicate of the generation's, in which unread bytes outlive the process.
/// Only for its loop's thread, but for what <see cref="IRelayLeg"/> and the side's lock say.
/// </summary>
internal sealed class Leg : IRelayLeg, ISink
{
    // The kernel takes it twice: what a generation may leave unread. Measured: with the kernel's own (half of it) the relay and the program
    // take turns so often that it costs a tenth of the throughput.
    private const int SendBuffer = 208 << 10;

    private readonly ILegOwner _owner;
    private volatile FileDescriptor? _lastEnd;
    private volatile FileDescriptor? _end;
    private readonly Lock _keeping = new();
    private unsafe KeptSessions.Place* _kept;
    private unsafe int* _descriptors;
    private volatile bool _isGiven;
    private long _acceptedAt;

    /// <summary>Makes the engine's end, unconnected.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE.</exception>
    public Leg(ILegOwner owner, RelaySide side, GivenCounter given)
    {
        (_owner, Side, Given) = (owner, side, given);
        const int Type = Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC;
        Fd = Errno.ThrowIfFailed(LibC.socket(Libc.AF_UNIX, Type, 0), "socket");
        Messages.WidenSendBuffer(Fd, SendBuffer);
    }

    /// <summary>One of a predecessor's, whose descriptors it takes over.</summary>
    public Leg(ILegOwner owner, RelaySide side, GivenCounter given, LegState state)
    {
        (_owner, Side, Given, Fd, From, Owed) = (owner, side, given, state.Fd, state.From, new Rest(state.OwedKind, state.OwedCount));
        (IsDeaf, IsTold, HasEnded, IsClosing, LeftUnread) = (state.IsDeaf, state.IsTold, state.HasEnded, state.IsClosing, state.LeftUnread);
        _end = state.End is { } end ? new FileDescriptor(end) : null;
        _lastEnd = _end ?? (state.IsAccepted ? new FileDescriptor(-1) : null); // It was, and is closed by now.
        _isGiven = state.IsAccepted;
    }

    public RelaySide Side { get; }

    public int Generation => Side.Generation;

    /// <summary>What this generation was given by this loop.</summary>
    public GivenCounter Given { get; }

    /// <summary>The engine's end.</summary>
    public int Fd { get; }

    /// <summary>Its number in the loop; null while it is not connected.</summary>
    public ulong? Number { get; set; }

    /// <summary>Where in the stream this generation took over.</summary>
    public long From { get; set; }

    /// <summary>What it has to be told of before it is given anything: the rest of a frame that another generation has the beginning of.</summary>
    public Rest Owed { get; set; }

    /// <summary>Our duplicate of the generation's end; null until it is accepted, and after it was closed. Set under the side's lock.</summary>
    public FileDescriptor? AcceptedEnd
    {
        get => _end;
        set
        {
            _end = value;
            _acceptedAt = value is null ? _acceptedAt : Stopwatch.GetTimestamp();
            _lastEnd = value ?? _lastEnd;
            Note();
        }
    }

    /// <summary>Its session is given what it has by this leg from now on, and notes it there; null: not any more.</summary>
    public unsafe void Keep(KeptSessions.Place* place, int* descriptors)
    {
        lock (_keeping)
        {
            if (_kept is not null && place is null)
            {
                (_descriptors[1], _descriptors[2]) = (0, 0);
            }

            _kept = place;
            _descriptors = descriptors;
        }

        Note();
    }

    /// <summary>It is not noted any more: its descriptors are about to be closed.</summary>
    public unsafe void Forget() => Keep(null, null);

    /// <summary>The process has it.</summary>
    public void WasGiven()
    {
        _isGiven = true;
        Note();
    }

    private unsafe void Note()
    {
        lock (_keeping)
        {
            if (_kept is not null)
            {
                (_descriptors[1], _descriptors[2]) = (Fd, _end?.Number ?? 0);
                (_kept->IsAccepted, _kept->IsGiven) = (IsAccepted ? 1 : 0, _isGiven ? 1 : 0);
            }
        }
    }

    /// <summary>Nobody is to accept it any more. Under the side's lock.</summary>
    public bool IsGone { get; set; }

    /// <summary>The engine's end may have something to read.</summary>
    public bool IsReadable { get; set; }

    /// <summary>The generation has to read before more can be sent.</summary>
    public bool IsFull { get; set; }

    /// <summary>The generation reads no more (it shut its side down): what it is sent is dropped.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>The generation was told that the client has ended.</summary>
    public bool IsTold { get; set; }

    /// <summary>The generation has said all that it will say.</summary>
    public bool HasEnded { get; set; }

    /// <summary>The generation closes it.</summary>
    public bool IsClosing { get; set; }

    /// <summary>It was closed with bytes unread.</summary>
    public bool LeftUnread { get; set; }

    /// <summary>The generation has said something on it.</summary>
    public bool HasAnswered { get; set; }

    /// <summary>Bytes that were taken from the engine's end since the kernel counts them too.</summary>
    public long Taken { get; private set; } = -1;

    /// <summary>Has the kernel count what is taken from the engine's end, where it does not yet.</summary>
    public void CountTaken()
    {
        if (Taken is < 0 or > SocketQueues.MostCounted)
        {
            SocketQueues.CountTaken(Fd);
            Taken = 0;
        }
    }

    /// <summary>So many bytes were taken from the engine's end.</summary>
    public void Took(int count) => Taken += Taken < 0 ? 0 : count;

    /// <summary>The generation has turned the connection away by closing it.</summary>
    public bool IsAway { get; set; }

    /// <summary>It will have another turn.</summary>
    public bool HasTurn { get; set; }

    /// <summary>Its owner's next leg.</summary>
    public Leg? Next { get; set; }

    /// <summary>For how long the generation has, or had, it.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(Volatile.Read(ref _acceptedAt));

    /// <summary>Its session was given what it has by this leg.</summary>
    public bool WasCurrent { get; set; }

    /// <summary>The generation has, or had, it. Certain only under the side's lock.</summary>
    public bool IsAccepted => _lastEnd is not null;

    /// <inheritdoc/>
    public FileDescriptor End => _lastEnd ?? throw new InvalidOperationException("the leg was not accepted");

    /// <inheritdoc/>
    public FileDescriptor? Client => _owner.Client.Own;

    /// <inheritdoc/>
    public byte[] PeerAddress => _owner.Client.PeerAddress;

    /// <inheritdoc/>
    public byte[] LocalAddress => _owner.Client.LocalAddress;

    /// <inheritdoc/>
    public int OwnEnd => Fd;

    /// <inheritdoc/>
    public void Closing(int process) => _owner.Loop.Post(() => _owner.Closing(this, process));

    /// <inheritdoc/>
    public void Return() => Side.Return(this);

    /// <summary>There is room in the generation's queue again.</summary>
    public void ConnectAgain() => _owner.Loop.Post(() => _owner.ConnectAgain(this));

    /// <summary>It is its turn to be accepted, and there is no descriptor for it.</summary>
    public void CannotBeAccepted() => _owner.Loop.Post(() => _owner.CannotBeAccepted(this));

    /// <summary>The generation has it now.</summary>
    public void WasAccepted() => _owner.WasAccepted(this);

    /// <inheritdoc/>
    public void Ready(uint events) => _owner.LegReady(this, events);

    /// <inheritdoc/>
    public void Fail(Exception error) => _owner.Fail(error);
}

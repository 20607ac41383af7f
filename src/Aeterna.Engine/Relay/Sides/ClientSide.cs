using Aeterna.Linux;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Loop;

namespace Aeterna.Relay.Sides;

/// <summary>
/// The client's side of a session: its connection, which it owns, what is known of that without asking the kernel, and the answers that the
/// client has not taken yet. It decides nothing. Only for its loop's thread, but for the members that say otherwise.
/// </summary>
internal sealed unsafe partial class ClientSide
{
    private const uint Events = Libc.EPOLLIN | Libc.EPOLLOUT | Libc.EPOLLRDHUP | Libc.EPOLLPRI | Libc.EPOLLET;

    private readonly EventLoop _loop;
    private readonly int _fd;
    private readonly ulong _number;
    private readonly bool _isUnix;
    private volatile FileDescriptor? _connection;
    private bool _readToEnd;

    /// <summary>Takes over an accepted connection and has it watched.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="client">The connection; stays the caller's when this throws.</param>
    /// <param name="isUnix">It is a unix stream.</param>
    /// <param name="sink">Who gets its events.</param>
    /// <exception cref="LinuxException">ENOMEM, ENOSPC.</exception>
    public ClientSide(EventLoop loop, AcceptedClient client, bool isUnix, ISink sink)
    {
        (_loop, _fd, _isUnix, IsStandIn) = (loop, client.Connection.Number, isUnix, client.IsStandIn);
        (PeerAddress, LocalAddress, Ordinal) = (client.Peer, client.Local, client.Ordinal);

        // A short receive from TCP has emptied it; unix sockets stop at a message with descriptors.
        _readToEnd = isUnix;
        _connection = client.Connection;
        _number = loop.Add(_fd, Events, sink);
    }

    /// <summary>Where its descriptor is noted, 0 before it is closed; null: nowhere.</summary>
    public int* Noted { get; set; }

    /// <summary>Goes on with a predecessor's.</summary>
    /// <exception cref="LinuxException">ENOMEM, ENOSPC.</exception>
    public ClientSide(EventLoop loop, ClientState state, bool isUnix, ISink sink)
    {
        (_loop, _fd, _isUnix, IsStandIn) = (loop, state.Connection?.Number ?? -1, isUnix, state.IsStandIn);
        (PeerAddress, LocalAddress, Ordinal, HasEnded, _readToEnd) = (state.Peer, state.Local, state.Ordinal, state.HasEnded, isUnix);
        if (state.Connection is { } connection)
        {
            _connection = connection;
            _number = loop.Add(_fd, Events, sink); // Tells at once what is there.
            Keep(state.Answers);
        }
    }

    /// <summary>Its address as accept(2) gave it; may be read from any thread.</summary>
    public byte[] PeerAddress { get; }

    /// <summary>The address that it connected to; may be read from any thread.</summary>
    public byte[] LocalAddress { get; }

    /// <summary>Its place among all connections of the relay.</summary>
    public long Ordinal { get; }

    /// <summary>The connection stands for the client's own, on which TLS is ended.</summary>
    public bool IsStandIn { get; }

    /// <summary>Who it is, for people.</summary>
    public string Name => SockAddr.ReadEndpoint(PeerAddress)?.ToString() ?? SockAddr.ReadUnix(PeerAddress) ?? "a local client";

    /// <summary>The client's own connection; null when it is closed or another stands for it. May be read from any thread.</summary>
    public FileDescriptor? Own => IsStandIn ? null : _connection;

    /// <summary>The connection's descriptor, which stays this side's; null when it is closed.</summary>
    public int? Fd => IsOpen ? _fd : null;

    /// <summary>The connection is not closed.</summary>
    public bool IsOpen => _connection is not null;

    /// <summary>There may be something to receive.</summary>
    public bool IsReadable { get; private set; }

    /// <summary>The client sends no more.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Notes what an event says of receiving.</summary>
    public void Note(uint events)
    {
        if ((events & ~Libc.EPOLLOUT) != 0)
        {
            IsReadable = true;
            _readToEnd |= (events & ~(Libc.EPOLLOUT | Libc.EPOLLIN)) != 0;
        }
    }

    /// <summary>What it sends does not begin like syslog, as far as the first bytes tell that are there.</summary>
    public bool LooksForeign()
    {
        var first = stackalloc byte[Preamble.Length];
        var count = Libc.recv(_fd, first, Preamble.Length, Libc.MSG_DONTWAIT | Libc.MSG_PEEK);
        return count > 0 && Preamble.IsForeign(new ReadOnlySpan<byte>(first, (int)count));
    }

    /// <summary>Receives once, and ends the stream when nothing more will come.</summary>
    /// <returns>Bytes that came in.</returns>
    /// <param name="stream">The stream.</param>
    /// <param name="will">Told where it is received to, just before it is; null: nobody.</param>
    public int Receive(FrameStream stream, KeptPlace? will)
    {
        var room = stream.Room();
        nint count;
        fixed (byte* memory = room)
        {
            will?.WillReceive(memory);
            do
            {
                count = Libc.recv(_fd, memory, (nuint)room.Length, Libc.MSG_DONTWAIT);
            }
            while (count < 0 && Errno.Last == Errno.EINTR);
        }

        if (count > 0)
        {
            IsReadable = _readToEnd || count == room.Length;
            stream.Receive((int)count);
            return (int)count;
        }

        if (count < 0 && Errno.Last == Errno.EAGAIN)
        {
            IsReadable = false;
            _readToEnd = _isUnix;
            return 0;
        }

        // What came before a reset is given all the same, as the kernel does.
        HasEnded = true;
        stream.Finish();
        if (count < 0)
        {
            Close(reset: false);
        }

        return 0;
    }

    /// <summary>Closes the connection, and drops what it has not taken.</summary>
    /// <param name="reset">Whether the client is to see a reset, as when a program closes with bytes unread.</param>
    public void Close(bool reset)
    {
        if (_connection is not { } connection)
        {
            return;
        }

        if (reset)
        {
            Libc.ResetOnClose(_fd);
        }

        if (Noted is not null)
        {
            *Noted = 0;
        }

        _connection = null;
        _loop.Remove(_fd, _number);
        connection.Dispose();
        DropAnswers();
    }
}

using System.Diagnostics;

using Aeterna.Linux;

namespace Aeterna.Relay;

/// <summary>
/// One client's connection, and its legs to the generations: one of them, the current one, is given what the client sends; answers come
/// from any. Only for its loop's thread, but for the members that say otherwise.
/// </summary>
/// <remarks>
/// Descriptors are watched edge-triggered: an event says that there may be something to do, and a flag keeps that until recv or send says
/// EAGAIN. So waiting for a slow side costs no call.
/// </remarks>
internal sealed partial class RelaySession : ISink, IUnfinished
{
    private const uint ClientEvents = Libc.EPOLLIN | Libc.EPOLLOUT | Libc.EPOLLRDHUP | Libc.EPOLLPRI | Libc.EPOLLET;

    // After so many buffers of one client the others have a turn.
    private const int TurnsAtOnce = 4;

    private readonly Shard _shard;
    private FrameStream _stream;
    private readonly ulong _number;
    private readonly int _fd;
    private readonly bool _isStandIn;
    private volatile FileDescriptor? _client;
    private Leg? _legs;
    private Leg? _current;
    private int? _wanted;
    private long _framesCounted;
    private long _waitingCounted;
    private bool _clientReadable;
    private bool _readToEnd;
    private bool _clientEnded;
    private bool _isFinished;
    private bool _isOver;
    private bool _hasTurn;
    private bool _isForeign;

    /// <summary>Takes over an accepted connection.</summary>
    /// <param name="shard">Where it belongs.</param>
    /// <param name="client">The connection.</param>
    public RelaySession(Shard shard, AcceptedClient client)
    {
        (_shard, _client, _fd, _isStandIn) = (shard, client.Connection, client.Connection.Number, client.IsStandIn);
        (PeerAddress, LocalAddress, Ordinal) = (client.Peer, client.Local, client.Ordinal);
        _stream = new FrameStream(shard.Relay.Rules, shard.Loop.Pool);

        // A short receive from TCP has emptied it; unix sockets stop at a message with descriptors.
        _readToEnd = IsUnix;
        _number = Loop.Add(_fd, ClientEvents, this);
    }

    /// <summary>The loop that serves it; may be read from any thread.</summary>
    public EventLoop Loop => _shard.Loop;

    /// <summary>Its place among all connections of the relay, by which a share of them is chosen.</summary>
    public long Ordinal { get; }

    /// <summary>Its place in its shard's list; the shard's.</summary>
    public int Index { get; set; }

    /// <summary>It is in the list of those that hold memory; the shard's.</summary>
    public bool IsSwept { get; set; }

    /// <summary>It is in the list of those that wait for a generation to have read all; the shard's.</summary>
    public bool IsMoving { get; set; }

    /// <summary>The client's address as accept(2) gave it; may be read from any thread.</summary>
    public byte[] PeerAddress { get; }

    /// <summary>The address that the client connected to; may be read from any thread.</summary>
    public byte[] LocalAddress { get; }

    /// <summary>The client's own connection; null when it has ended or another stands for it. May be read from any thread.</summary>
    public FileDescriptor? Client => _isStandIn ? null : _client;

    /// <summary>The connection is no more.</summary>
    public bool IsOver => _isOver;

    private bool IsFramed => _stream.IsFramed;

    private bool IsUnix => _isStandIn || _shard.Relay.Address.IsUnix;

    /// <inheritdoc/>
    public void Ready(uint events)
    {
        if (_isOver)
        {
            return;
        }

        if (events == 0)
        {
            _hasTurn = false;
        }

        if ((events & ~Libc.EPOLLOUT) != 0)
        {
            _clientReadable = true;
            _readToEnd |= (events & ~(Libc.EPOLLOUT | Libc.EPOLLIN)) != 0;
        }

        if ((events & Libc.EPOLLOUT) != 0 && _answers is not null)
        {
            FlushAnswers();
        }

        Pump();
    }

    /// <inheritdoc/>
    public void Fail(Exception error)
    {
        if (!_isOver)
        {
            RelayLog.Closed(_shard.Relay.Log, Name, _shard.Relay.Address, error.Message);
            End(reset: true);
        }
    }

    /// <summary>Ends the connection and everything that belongs to it.</summary>
    /// <param name="reset">Whether the client is to see a reset, as when a program closes with bytes unread.</param>
    public void End(bool reset)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        CloseClient(reset);
        while (_legs is { } leg)
        {
            Close(leg);
        }

        _stream.Clear();
        DropAnswers();
        _shard.Waiting -= _waitingCounted;
        _shard.Remove(this);
    }

    private string Name => SockAddr.ReadEndpoint(PeerAddress)?.ToString() ?? SockAddr.ReadUnix(PeerAddress) ?? "a local client";

    /// <summary>Moves what there is from the client to the current leg, until one of them has to be waited for.</summary>
    private void Pump()
    {
        var turns = TurnsAtOnce;
        while (Flush() && _clientReadable && !_clientEnded)
        {
            if (turns-- == 0)
            {
                GoOn();
                break;
            }

            if (!Read())
            {
                break;
            }
        }

        Account();
    }

    private void CloseClient(bool reset)
    {
        if (_client is not { } client)
        {
            return;
        }

        if (reset)
        {
            Libc.ResetOnClose(_fd);
        }

        _client = null;
        Loop.Remove(_fd, _number);
        client.Dispose();
        DropAnswers();
    }

    private void Account()
    {
        if (_isOver)
        {
            return;
        }

        var waiting = _stream.Received - _stream.Sent;
        _shard.Waiting += waiting - _waitingCounted;
        _waitingCounted = waiting;
        _shard.FramesIn += _stream.Frames - _framesCounted;
        _framesCounted = _stream.Frames;
        if (_stream.HasUnread)
        {
            _shard.SweepLater(this);
        }
    }

    private static TimeSpan Since(long timestamp) => Stopwatch.GetElapsedTime(timestamp);
}

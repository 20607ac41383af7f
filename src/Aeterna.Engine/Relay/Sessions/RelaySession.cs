using Aeterna.Linux;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Loop;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <summary>
/// One client's connection, and its legs to the generations: one of them, the current one, is given what the client sends; answers come
/// from any. What it is about to do is its course (<see cref="Course"/> tells which there are). Only for its loop's thread, but for the
/// members that say otherwise.
/// </summary>
/// <remarks>
/// Descriptors are watched edge-triggered: an event says that there may be something to do, and a flag keeps that until recv or send says
/// EAGAIN. So waiting for a slow side costs no call.
/// </remarks>
internal sealed partial class RelaySession : ISink, IUnfinished, ILegOwner
{
    // After so many buffers of one client the others have a turn.
    private const int TurnsAtOnce = 4;

    private readonly Shard _shard;
    private readonly LegSet _legs;
    private readonly KeptPlace? _kept; // Null: it ends with the engine.
    private FrameStream _stream;
    private CourseKeeper _course = CourseKeeper.Begin();
    private int? _wanted;
    private long _framesCounted;
    private long _waitingCounted;
    private bool _hasTurn;
    private bool _isForeign;
    private bool _isHeld;

    /// <summary>Takes over an accepted connection.</summary>
    /// <param name="shard">Where it belongs.</param>
    /// <param name="client">The connection.</param>
    public RelaySession(Shard shard, AcceptedClient client)
    {
        (_shard, _legs) = (shard, new LegSet(this, shard));
        _stream = new FrameStream(shard.Relay.Rules, shard.Loop.Pool);
        Client = new ClientSide(shard.Loop, client, isUnix: client.IsStandIn || shard.Relay.Address.IsUnix, this);
        _kept = client.Place < 0 ? null : Keep(client.Place);
    }

    /// <summary>The loop that serves it; may be read from any thread.</summary>
    public EventLoop Loop => _shard.Loop;

    /// <summary>Its client.</summary>
    public ClientSide Client { get; }

    /// <summary>Its place in its shard's list; the shard's.</summary>
    public int Index { get; set; }

    /// <summary>It is in the list of those that hold memory; the shard's.</summary>
    public bool IsSwept { get; set; }

    /// <summary>It is in the list of those that wait for a generation to have read all; the shard's.</summary>
    public bool IsMoving { get; set; }

    private bool IsOver => _course.Now == Course.Over;

    private bool IsFramed => _stream.IsFramed;

    // The current generation knows that the client has ended.
    private bool IsTold => _legs.Current is { IsTold: true };

    /// <inheritdoc/>
    public void Ready(uint events)
    {
        if (IsOver)
        {
            return;
        }

        _hasTurn &= events != 0;
        Client.Note(events);
        if (_isHeld)
        {
            return;
        }

        if ((events & Libc.EPOLLOUT) != 0 && Client.HasAnswers)
        {
            FlushAnswers();
        }

        Pump();
    }

    /// <summary>It as plain data.</summary>
    public SessionState State() => new()
    {
        Client = Client.Fd,
        IsStandIn = Client.IsStandIn,
        HasEnded = Client.HasEnded,
        PeerAddress = Client.PeerAddress,
        LocalAddress = Client.LocalAddress,
        Ordinal = Client.Ordinal,
        Course = _course.Now,
        Since = _course.Since,
        IsFramed = IsFramed,
        Received = _stream.Received,
        Sent = _stream.Sent,
        Released = _stream.Released,
        Frames = _stream.Frames,
        Legs = _legs.State(),
    };

    /// <summary>Moves what there is from the client to the current leg, until one of them has to be waited for.</summary>
    private void Pump()
    {
        var turns = TurnsAtOnce;
        while (Flush() && Client.IsReadable && !Client.HasEnded)
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

    /// <summary>Has what there is to do done in a turn of its own: a switch of many connections is not to wait for the bytes of each.</summary>
    private void GoOn()
    {
        if (!IsOver && !_hasTurn && (_stream.HasSendable || Client.IsReadable || (Client.HasEnded && !IsTold)))
        {
            _hasTurn = true;
            Loop.Again(this);
        }
    }

    private unsafe KeptPlace Keep(int place)
    {
        var kept = new KeptPlace(Loop.Kept!, place, Loop.Number);
        Client.Noted = kept.Client;
        return kept;
    }

    /// <summary>Has the step that was made count for an engine that goes on when this one dies.</summary>
    private void Note()
    {
        if (!IsOver)
        {
            _kept?.Write(_stream, Client, _legs.Current, _isForeign);
        }

        _stream.GiveBack();
    }

    private void Account()
    {
        if (IsOver)
        {
            return;
        }

        Note();

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
}

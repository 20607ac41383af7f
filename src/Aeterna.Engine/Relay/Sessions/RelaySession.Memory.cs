using Aeterna.Linux;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <content>What it holds: given back as far as a generation has read, and bounded over all connections.</content>
internal sealed partial class RelaySession
{
    /// <inheritdoc/>
    public long Unfinished
    {
        get
        {
            if (IsOver)
            {
                return 0;
            }

            if (_stream.HasUnread)
            {
                Release(); // It may have been read by now.
            }

            return _stream.Unfinished + Client.AnswersLeft;
        }
    }

    /// <inheritdoc/>
    public long Held => _stream.Held + Client.Held;

    /// <inheritdoc/>
    public void Refuse()
    {
        RelayLog.Refused(_shard.Relay.Log, Client.Name, _shard.Relay.Address, Unfinished);
        End(reset: true);
    }

    /// <summary>Gives memory back; true when there may be more to give back later.</summary>
    public bool Sweep()
    {
        if (IsOver)
        {
            return false;
        }

        Release();
        if (_legs.Current is not { IsTold: true } leg)
        {
            return _stream.HasUnread;
        }

        EndIfDone(leg);
        if (IsOver || !Libc.AllRead(leg.Fd))
        {
            return !IsOver;
        }

        // There is nothing to take back any more, so that the generation's close may be seen however it comes.
        leg.Side.CloseEnd(leg, isGiven: true);
        return false;
    }

    /// <summary>
    /// Sees that there is memory to receive into: by what the generation has read meanwhile, then by another's end, or its own. Otherwise the
    /// memory holds what a generation has yet to read: the client waits, and this is tried again.
    /// </summary>
    private bool HasRoom()
    {
        if (Loop.Pool.HasRoom)
        {
            return true;
        }

        Release();
        while (!IsOver && !Loop.Pool.HasRoom && Loop.Pool.Crowd.MakeRoom(Loop.Pool.Most))
        {
        }

        if (!IsOver && !Loop.Pool.HasRoom)
        {
            _shard.AwaitMemory(this);
        }

        return !IsOver && Loop.Pool.HasRoom;
    }

    /// <summary>Gives memory back as far as the generation has read.</summary>
    private void Release()
    {
        if (_legs.Current is { } leg)
        {
            _stream.Release(Libc.AllRead(leg.Fd) ? 0 : Unread(leg));
            Note();
        }
    }

    /// <summary>What the generation has not read of what it was given. Beside that it may have been told something in front.</summary>
    private long Unread(Leg leg) => leg.AcceptedEnd is { } end
        ? Math.Min(Libc.Unread(end.Number), _stream.Sent - leg.From)
        : leg.IsAccepted ? 0 : _stream.Sent - leg.From;
}

namespace Aeterna.Relay;

/// <content>What it holds, when the memory of all connections has come to its bound.</content>
internal sealed partial class RelaySession
{
    /// <inheritdoc/>
    public long Unfinished
    {
        get
        {
            if (_isOver)
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
        while (!_isOver && !Loop.Pool.HasRoom && Loop.Pool.Crowd.MakeRoom(Loop.Pool.Most))
        {
        }

        if (!_isOver && !Loop.Pool.HasRoom)
        {
            _shard.AwaitMemory(this);
        }

        return !_isOver && Loop.Pool.HasRoom;
    }
}

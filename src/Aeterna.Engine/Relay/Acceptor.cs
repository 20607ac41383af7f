using Aeterna.Linux;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Loop;
using Aeterna.Relay.Sessions;

namespace Aeterna.Relay;

/// <summary>Accepts a relay's clients and gives each to the loop with the fewest. Only for its loop's thread.</summary>
internal sealed unsafe class Acceptor(StreamRelay relay, FileDescriptor held, EventLoop loop, IReadOnlyList<Shard> shards) : ISink, IChore
{
    private const int AtOnce = 64;

    private ulong? _number;
    private bool _isWatched;
    private bool _isCrowded;
    private long _accepted;

    /// <summary>Clients accepted so far; may be read from any thread.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Counts on from where a predecessor was; before <see cref="Start"/>.</summary>
    public void CountOn(long accepted) => _accepted = accepted;

    /// <summary>Begins, when it has not begun yet.</summary>
    public void Start()
    {
        if (_number is null)
        {
            _number = loop.Add(held.Number, Libc.EPOLLIN, this);
            _isWatched = true;
        }
    }

    /// <summary>Ends; clients wait in the kernel's queue from now on.</summary>
    public void Stop()
    {
        if (_number is { } number)
        {
            loop.Remove(held.Number, number);
            _number = null;
            if (_isCrowded)
            {
                _isCrowded = false;
                relay.Crowded?.Invoke(relay.Address, null);
            }
        }
    }

    /// <inheritdoc/>
    public void Ready(uint events)
    {
        for (var left = AtOnce; left > 0; left--)
        {
            if (!relay.Budget.TryTake())
            {
                Crowded($"it has {relay.Budget.Most} connections, which is what the limit of open descriptors allows");
                return;
            }

            if (!Accept())
            {
                relay.Budget.Give();
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Fail(Exception error) => RelayLog.Unexpected(relay.Log, error.Message);

    /// <inheritdoc/>
    public bool Tick() => false;

    /// <summary>Tries again after there was no room: connections may have ended.</summary>
    public bool Sweep()
    {
        if (_number is { } number && !_isWatched)
        {
            _isWatched = true;
            loop.Change(held.Number, Libc.EPOLLIN, number);
            Ready(0);
        }

        return !_isWatched;
    }

    /// <summary>There is no room for more: clients wait in the kernel's queue until it has been tried again.</summary>
    public void Crowded(string why)
    {
        if (_number is not { } number)
        {
            return;
        }

        if (!_isCrowded)
        {
            _isCrowded = true;
            RelayLog.Crowded(relay.Log, relay.Address, why);
            relay.Crowded?.Invoke(relay.Address, why);
        }

        // Not watched meanwhile: a client that waits would be an event again and again.
        _isWatched = false;
        loop.Change(held.Number, 0, number);
        loop.SweepLater(this);
    }

    private bool Accept()
    {
        var address = stackalloc byte[SockAddr.MaxLength];
        uint length = SockAddr.MaxLength;
        var fd = Libc.accept4(held.Number, address, &length, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
        if (fd < 0)
        {
            var error = Errno.Last;
            switch (error)
            {
                case Errno.EAGAIN:
                    Uncrowded();
                    break;
                case Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.ENOBUFS:
                    Crowded(Errno.Text(error));
                    break;
                default:
                    break; // A connection that had ended (accept(2) lists many errors for it): the socket says when there is another.
            }

            return false;
        }

        // From here on it is known to an engine that goes on when this one dies.
        var place = loop.Kept is { } kept && !relay.EndsTls() ? kept.Sessions.Take(held.Number, _accepted + 1) : -1;
        if (place >= 0)
        {
            *loop.Kept!.Sessions.Of(place) = fd;
        }

        var accepted = new FileDescriptor(fd);
        var local = Libc.LocalName(fd);
        FileDescriptor? plain;
        try
        {
            plain = relay.Tls(accepted);
        }
        catch (LinuxException e)
        {
            accepted.Dispose();
            Crowded(e.Message);
            return false;
        }

        var client = new AcceptedClient(
            plain ?? accepted,
            new ReadOnlySpan<byte>(address, (int)Math.Min(length, SockAddr.MaxLength)).ToArray(),
            local,
            IsStandIn: plain is not null,
            Interlocked.Increment(ref _accepted),
            place);
        var shard = shards.MinBy(s => Volatile.Read(ref s.Loop.Load))!;
        Interlocked.Increment(ref shard.Loop.Load);
        if (shard.Loop == loop || !shard.Loop.Post(() => shard.Adopt(client)))
        {
            shard.Adopt(client);
        }

        return true;
    }

    private void Uncrowded()
    {
        if (_isCrowded)
        {
            _isCrowded = false;
            RelayLog.Uncrowded(relay.Log, relay.Address);
            relay.Crowded?.Invoke(relay.Address, null);
        }
    }
}

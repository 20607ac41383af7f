namespace Aeterna.StateHandoff;

/// <summary>
/// Who is connected. One at a time claims a peer, and only who has claimed it reads what it says. Owns the peers until they are dropped.
/// May be used from any thread.
/// </summary>
internal sealed class PeerTable : IDisposable
{
    /// <summary>Connections that are kept at a time.</summary>
    public const int Most = 32;

    private readonly Lock _gate = new();
    private readonly List<Peer> _peers = [];
    private TaskCompletionSource _changed = New();
    private bool _closed;

    /// <summary>Takes a peer in; false: there is no room, and it stays the caller's.</summary>
    public bool TryAdd(Peer peer)
    {
        lock (_gate)
        {
            if (_closed || _peers.Count >= Most)
            {
                return false;
            }

            _peers.Add(peer);
            return true;
        }
    }

    public bool Has(Func<Peer, bool> fits)
    {
        lock (_gate)
        {
            return _peers.Exists(p => fits(p));
        }
    }

    /// <summary>Waits for a peer that fits, and leaves it.</summary>
    public async Task Await(Func<Peer, bool> fits, CancellationToken cancel)
    {
        for (var changed = Changed(); !Has(fits); changed = Changed())
        {
            await changed.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>A peer that fits, without waiting. It is the caller's until it is set free.</summary>
    public Peer? Claim(Func<Peer, bool> fits)
    {
        lock (_gate)
        {
            // One that has said what it is here for comes first.
            var peer = _peers.Find(p => !p.Claimed && p.Role != PeerRole.Unknown && fits(p)) ?? _peers.Find(p => !p.Claimed && fits(p));
            _ = peer?.Claimed = true;
            return peer;
        }
    }

    /// <summary>A peer that fits, as soon as there is one. It is the caller's until it is set free.</summary>
    public async Task<Peer> AwaitAndClaim(Func<Peer, bool> fits, CancellationToken cancel)
    {
        while (true)
        {
            var changed = Changed();
            if (Claim(fits) is { } peer)
            {
                return peer;
            }

            await changed.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Claims this one, which nobody else gets until it is set free; false: somebody has it.</summary>
    public bool TryClaim(Peer peer)
    {
        lock (_gate)
        {
            var free = !peer.Claimed;
            peer.Claimed = true;
            return free;
        }
    }

    /// <summary>Whoever has claimed a peer is done with it, and this is what it is here for.</summary>
    public void Free(Peer peer, PeerRole role)
    {
        lock (_gate)
        {
            (peer.Role, peer.Claimed) = (role, false);
            Wake();
        }
    }

    /// <summary>Sets a claimed peer free as the provider of its generation; false: there is one already.</summary>
    public bool TryFreeAsProvider(Peer peer)
    {
        lock (_gate)
        {
            // One that has closed and come again may be seen here before its end is. A handoff that has the old connection sees it by itself.
            _peers.RemoveAll(p => p.IsProviderOf(peer.Generation) && !p.Claimed && p.HungUp());
            if (_peers.Exists(p => p.IsProviderOf(peer.Generation) && !p.HungUp()))
            {
                return false;
            }

            Free(peer, PeerRole.Provider);
            return true;
        }
    }

    /// <summary>A peer has had its time to say who it is.</summary>
    public void TakeForReader(Peer peer)
    {
        lock (_gate)
        {
            peer.Silent = true;
            Wake();
        }
    }

    /// <summary>Drops all that fit and that nobody has claimed. They are the caller's for good.</summary>
    public IReadOnlyList<Peer> DropAll(Func<Peer, bool> fits)
    {
        lock (_gate)
        {
            var dropped = _peers.FindAll(p => !p.Claimed && fits(p));
            dropped.ForEach(p => p.Claimed = true);
            dropped.ForEach(Drop);
            return dropped;
        }
    }

    /// <summary>A peer is the caller's for good, who closes it.</summary>
    public void Drop(Peer peer)
    {
        lock (_gate)
        {
            _peers.Remove(peer);
        }
    }

    /// <summary>Closes a peer.</summary>
    public void Remove(Peer peer)
    {
        Drop(peer);
        peer.Dispose();
    }

    /// <summary>Closes all of them; nobody is taken in any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _peers.ForEach(p => p.Dispose());
            _peers.Clear();
        }
    }

    private Task Changed()
    {
        lock (_gate)
        {
            return _changed.Task;
        }
    }

    private void Wake()
    {
        _changed.TrySetResult();
        _changed = New();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using System.Net.Sockets;
using Aeterna.Linux;
using Microsoft.Extensions.Logging;

namespace Aeterna.StateHandoff;

/// <summary>
/// Who is connected, and what for. Takes connections on every socket that is open, learns from the peer's process id to which generation
/// it belongs, refuses everybody else, and keeps the others until a handoff claims them or they go. May be used from any thread.
/// </summary>
/// <param name="generationOf">The generation that a process belongs to; null: none.</param>
/// <param name="logger">The log.</param>
internal sealed class StateDesk(Func<int, int?> generationOf, ILogger logger) : IDisposable
{
    /// <summary>Connections that are kept at a time.</summary>
    public const int MostPeers = 32;

    /// <summary>Connections at a time with those that are being recognised, refused and let go; what comes beyond is closed without a word.</summary>
    private const int MostSockets = 2 * MostPeers;

    // One that is done may still have its Ack to send.
    private static readonly TimeSpan _parting = TimeSpan.FromSeconds(10);

    /// <summary>Time in which a process says who it is; after it, it is taken for one that only reads.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    // A process may be here before the engine has written down that it was started.
    private static readonly TimeSpan _recognition = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly List<Peer> _peers = [];
    private readonly List<StateSocket> _sockets = [];
    private TaskCompletionSource _changed = New();
    private int? _active;
    private int _answered;
    private int? _pushAwaited;
    private int _open;
    private bool _closed;

    /// <summary>A process that pushes its state is awaited of this generation: one that says nothing yet is at work on it.</summary>
    public int? PushAwaited
    {
        get
        {
            lock (_gate)
            {
                return _pushAwaited;
            }
        }

        set
        {
            lock (_gate)
            {
                _pushAwaited = value;
            }

            DismissCold();
        }
    }

    /// <summary>Whether a peer is there to take the state that is meant for a generation.</summary>
    public static bool Takes(Peer peer, int generation) =>
        peer.Generation == generation && (peer.Role == PeerRole.Receiver || (peer.Role == PeerRole.Unknown && peer.Silent));

    /// <summary>Listens at a path; nothing if it does already.</summary>
    /// <exception cref="SrpException">It cannot be had.</exception>
    public void Open(string path, (uint Uid, uint Gid)? owner, FrameLimits limits)
    {
        lock (_gate)
        {
            if (_closed || _sockets.Exists(s => s.Path == path))
            {
                return;
            }

            var socket = StateSocket.Open(path, owner);
            _sockets.Add(socket);
            _ = Accept(socket.Socket, limits);
        }

        logger.Listening(path);
    }

    /// <summary>Stops listening everywhere else; connections stay.</summary>
    public void KeepOnly(string? path)
    {
        lock (_gate)
        {
            _sockets.FindAll(s => s.Path != path).ForEach(s => s.Dispose());
            _sockets.RemoveAll(s => s.Path != path);
        }
    }

    public bool ListensOn(string path)
    {
        lock (_gate)
        {
            return _sockets.Exists(s => s.Path == path);
        }
    }

    /// <summary>This generation serves (null: none does). Whoever waits for state and cannot get any is told so.</summary>
    public void Serves(int? generation)
    {
        lock (_gate)
        {
            _active = generation;
        }

        DismissCold();
    }

    /// <summary>The handoff to this generation is over: who comes now comes too late.</summary>
    public void HasBeenServed(int generation)
    {
        lock (_gate)
        {
            _answered = Math.Max(_answered, generation);
        }

        DismissCold();
    }

    /// <summary>A peer that fits, without waiting. It is the caller's until <see cref="Return"/>.</summary>
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

    public bool Has(Func<Peer, bool> fits)
    {
        lock (_gate)
        {
            return _peers.Exists(p => fits(p));
        }
    }

    /// <summary>A peer that fits, as soon as there is one. It is the caller's until <see cref="Return"/>.</summary>
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

    /// <summary>Waits for a peer that fits, and leaves it.</summary>
    public async Task Await(Func<Peer, bool> fits, CancellationToken cancel)
    {
        for (var changed = Changed(); !Has(fits); changed = Changed())
        {
            await changed.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The caller is done with a claimed peer, which stays connected.</summary>
    public void Return(Peer peer)
    {
        lock (_gate)
        {
            peer.Claimed = false;
        }

        _ = Watch(peer);
    }

    /// <summary>The caller is done with a claimed peer, which is closed as soon as it closes, or after a while.</summary>
    public void LetGo(Peer peer) => _ = Part(peer);

    /// <summary>A peer has been closed, or is to be.</summary>
    public void Remove(Peer peer)
    {
        lock (_gate)
        {
            _peers.Remove(peer);
        }

        peer.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _sockets.ForEach(s => s.Dispose());
            _peers.ForEach(p => p.Dispose());
            _sockets.Clear();
            _peers.Clear();
        }
    }

    private async Task Accept(Socket listener, FrameLimits limits)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync().ConfigureAwait(false);
                if (Interlocked.Increment(ref _open) > MostSockets)
                {
                    Interlocked.Decrement(ref _open);
                    socket.Dispose();
                    continue;
                }

                _ = Attend(socket, limits);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            if (e is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets })
            {
                await Task.Delay(_recognition).ConfigureAwait(false);
                _ = Accept(listener, limits);
            }
        }
    }

    private async Task Attend(Socket socket, FrameLimits limits)
    {
        var pid = PeerCredentials.Of(socket)?.Pid ?? 0;
        var generation = await Recognise(pid).ConfigureAwait(false);
        var peer = new Peer(socket, pid, generation ?? 0, limits) { Closed = () => Interlocked.Decrement(ref _open) };
        if (generation is null)
        {
            await Refuse(peer, "stranger", "it belongs to no generation of this service").ConfigureAwait(false);
        }
        else if (!TryAdd(peer))
        {
            await Refuse(peer, "busy", $"there are {MostPeers} connections already").ConfigureAwait(false);
        }
        else
        {
            await Greet(peer).ConfigureAwait(false);
        }
    }

    private async Task<int?> Recognise(int pid)
    {
        var until = DateTime.UtcNow + _recognition;
        int? generation;
        while ((generation = generationOf(pid)) is null && DateTime.UtcNow < until)
        {
            await Task.Delay(_look).ConfigureAwait(false);
        }

        return generation;
    }

    private bool TryAdd(Peer peer)
    {
        lock (_gate)
        {
            if (_closed || _peers.Count >= MostPeers)
            {
                return false;
            }

            _peers.Add(peer);
            return true;
        }
    }

    private async Task Greet(Peer peer)
    {
        var held = false;
        try
        {
            peer.ReadOn();
            await Task.WhenAny(peer.Next, Task.Delay(Grace)).ConfigureAwait(false);
            if (!peer.Next.IsCompleted)
            {
                peer.Silent = true;
                Wake();
                DismissCold();
            }

            var header = await peer.Next.ConfigureAwait(false);
            held = TryHold(peer);
            if (held)
            {
                await Learn(peer, header).ConfigureAwait(false);
            }
        }
        catch (SrpException e) when (held || !peer.Claimed)
        {
            logger.Broken(peer.Pid, e.Message);
            Drop(peer);
            await PeerFarewell.Refuse(peer, new ErrorPayload("protocol", $"you {e.Message}")).ConfigureAwait(false);
        }
        catch (SrpException)
        {
            // The handoff that has claimed it says so.
        }
    }

    // From here on nobody claims it, until it is known for what it is here.
    private bool TryHold(Peer peer)
    {
        lock (_gate)
        {
            var free = !peer.Claimed;
            peer.Claimed = true;
            return free;
        }
    }

    private async Task Learn(Peer peer, FrameHeader? first)
    {
        if (first is null)
        {
            Remove(peer);
            return;
        }

        if (first.Value.Type.IsState())
        {
            await TakePush(peer).ConfigureAwait(false);
            return;
        }

        if (first.Value.Type != FrameType.Hello)
        {
            throw new SrpException($"sent a frame of type 0x{(byte)first.Value.Type:X2} in place of a Hello");
        }

        var hello = await peer.Words(PayloadJson.Default.HelloPayload).ConfigureAwait(false);
        peer.ReadOn();
        switch (hello.Role)
        {
            case HelloPayload.Provider:
                await Register(peer).ConfigureAwait(false);
                break;
            case HelloPayload.Receiver:
                (peer.WantsFinal, peer.Role, peer.Silent, peer.Claimed) = (hello.Final, PeerRole.Receiver, false, false);
                _ = Watch(peer);
                DismissCold();
                break;
            default:
                await Dismiss(peer, "role", "its Hello names neither the role provider nor receiver").ConfigureAwait(false);
                break;
        }
    }

    private async Task Register(Peer peer)
    {
        bool second;
        lock (_gate)
        {
            // One that has closed and come again may be seen here before its end is. A handoff that has the old connection sees it by itself.
            _peers.RemoveAll(p => IsProviderOf(p, peer.Generation) && !p.Claimed && p.HungUp());
            second = _peers.Exists(p => IsProviderOf(p, peer.Generation) && !p.HungUp());
            if (!second)
            {
                (peer.Role, peer.Claimed) = (PeerRole.Provider, false);
            }
        }

        if (second)
        {
            await Dismiss(peer, "second_provider", "its generation has a provider already").ConfigureAwait(false);
            return;
        }

        logger.Provider(peer.Pid, peer.Generation);
        _ = Watch(peer);
    }

    private static bool IsProviderOf(Peer peer, int generation) => peer.Role == PeerRole.Provider && peer.Generation == generation;

    private async Task TakePush(Peer peer)
    {
        if (PushAwaited != peer.Generation)
        {
            await Dismiss(peer, "not_asked", "nobody has asked for its state").ConfigureAwait(false);
            return;
        }

        (peer.Role, peer.Claimed) = (PeerRole.Pusher, false);
        Wake();
    }

    // An idle peer has nothing to say: it goes, or it is in error. A claimed one is its handoff's business.
    private async Task Watch(Peer peer)
    {
        Wake();
        var why = "sent a frame that nobody asked for";
        try
        {
            var next = await peer.Next.ConfigureAwait(false);
            if (next?.Type == FrameType.Finished && peer.Role == PeerRole.Provider && TryHold(peer))
            {
                // It says late that what it gave was all.
                await peer.WholePayload().ConfigureAwait(false);
                peer.ReadOn();
                Return(peer);
                return;
            }

            why = next is null ? null : why;
        }
        catch (SrpException e)
        {
            why = e.Message;
        }

        if (peer.Claimed)
        {
            return;
        }

        Drop(peer);
        if (why is null)
        {
            peer.Dispose();
            return;
        }

        logger.Broken(peer.Pid, why);
        await PeerFarewell.Refuse(peer, new ErrorPayload("protocol", $"you {why}")).ConfigureAwait(false);
    }

    private async Task Part(Peer peer)
    {
        using var limit = new CancellationTokenSource(_parting);
        try
        {
            peer.EndSending();
            while (await peer.Next.WaitAsync(limit.Token).ConfigureAwait(false) is not null)
            {
                await peer.WholePayload().WaitAsync(limit.Token).ConfigureAwait(false);
                peer.ReadOn();
            }
        }
        catch (Exception e) when (e is SrpException or OperationCanceledException)
        {
            // What it says does not matter any more.
        }

        Remove(peer);
    }

    private void DismissCold()
    {
        List<Peer> cold;
        lock (_gate)
        {
            cold = _peers.FindAll(p => !p.Claimed && p.Generation != _pushAwaited && Takes(p, p.Generation) && IsCold(p.Generation));
            cold.ForEach(p => p.Claimed = true);
            cold.ForEach(p => _peers.Remove(p));
        }

        foreach (var peer in cold)
        {
            if (peer.Role == PeerRole.Unknown)
            {
                logger.TakenForReader(peer.Pid, peer.Generation);
            }

            _ = PeerFarewell.Dismiss(peer);
        }
    }

    // Only a generation that is to take the place of another one gets state, and only once.
    private bool IsCold(int generation) => _active is null || generation <= _active || generation <= _answered;

    private Task Dismiss(Peer peer, string code, string why)
    {
        Drop(peer);
        return Refuse(peer, code, why);
    }

    private Task Refuse(Peer peer, string code, string why)
    {
        logger.Refused(peer.Pid, why);
        return PeerFarewell.Refuse(peer, new ErrorPayload(code, $"refused pid {peer.Pid}: {why}"));
    }

    private void Drop(Peer peer)
    {
        lock (_gate)
        {
            _peers.Remove(peer);
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
        lock (_gate)
        {
            _changed.TrySetResult();
            _changed = New();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using Aeterna.Linux;

using Aeterna.Listeners.Outside;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Loop;
using Aeterna.Relay.Sessions;
using Aeterna.Relay.Sides;
using Microsoft.Extensions.Logging;

namespace Aeterna.Relay;

/// <summary>
/// A listener of streams whose clients stay connected to the engine while generations change. Each connection has a private one to the
/// generation that it belongs to, and is moved between two frames.
/// </summary>
internal sealed partial class StreamRelay : ITrafficInput, IOutsideInput
{
    private readonly Lock _gate = new();
    private readonly Lock _directing = new();
    private readonly LoopGroup _loops;
    private readonly FileDescriptor _held;
    private readonly StreamFraming? _framing;
    private volatile FrameRules _rules = FrameRules.None;
    private readonly List<Shard> _shards;
    private readonly Acceptor _acceptor;
    private readonly EventLoop _acceptLoop;
    private volatile Dictionary<int, RelaySide> _sides = [];
    private volatile int _outside;
    private volatile bool _listens;
    private volatile int _settled; // The generations that came later are tried.
    private bool _isDisposed;

    /// <param name="address">The address that clients use.</param>
    /// <param name="held">The socket bound to it; stays the table's.</param>
    /// <param name="framing">How its streams are cut into frames; null: as each generation's own configuration says.</param>
    /// <param name="loops">The loops; stay the caller's.</param>
    /// <param name="budget">How many connections there may be.</param>
    /// <param name="log">The log.</param>
    public StreamRelay(ListenerAddress address, FileDescriptor held, StreamFraming? framing, LoopGroup loops, DescriptorBudget budget, ILogger log)
    {
        (Address, _held, _framing, _loops, Budget, Log) = (address, held, framing, loops, budget, log);
        _shards = [.. loops.Loops.Select(loop => new Shard(this, loop))];
        _acceptLoop = loops.Loops[(held.Number & int.MaxValue) % loops.Loops.Count];
        _acceptor = new Acceptor(this, held, _acceptLoop, _shards);
    }

    /// <inheritdoc/>
    public ListenerAddress Address { get; }

    /// <summary>How the generation that came last cuts its streams. May be called from any thread.</summary>
    public StreamFraming Framing { get; private set; } = StreamFraming.None;

    /// <summary>The rules of <see cref="Framing"/>.</summary>
    public FrameRules Rules => _rules;

    public DescriptorBudget Budget { get; }

    public ILogger Log { get; }

    /// <summary>The route in force.</summary>
    public Route Route { get; private set; } = Route.Held;

    /// <inheritdoc/>
    public int Outside
    {
        get => _outside;
        set
        {
            _outside = value;
            StartAccepting();
        }
    }

    /// <summary>See <see cref="RelayInputs.Crowded"/>.</summary>
    public Action<ListenerAddress, string?>? Crowded { get; init; }

    /// <summary>Called for each move of a connection with the time that it was given nothing. On a loop's thread: it must not wait.</summary>
    public Action<TimeSpan>? Paused { get; init; }

    /// <summary>The processes of a generation.</summary>
    public Func<int, IReadOnlyList<int>> Members { get; init; } = _ => [];

    /// <summary>Takes a client's connection to end TLS on it, and returns what stands for it; null when there is no TLS. Throws as socketpair(2) fails.</summary>
    public Func<FileDescriptor, FileDescriptor?> Tls { get; init; } = _ => null;

    /// <summary>Whether the engine ends TLS here.</summary>
    public Func<bool> EndsTls { get; init; } = () => false;

    /// <summary>The held socket's number, by which the ledger names it.</summary>
    public int HeldNumber => _held.Number;

    /// <summary>A generation's side; null when it has none (any more). May be called from any thread.</summary>
    public RelaySide? FindSide(int generation) => _sides.GetValueOrDefault(generation);

    /// <inheritdoc/>
    public int Join(JoinCall call)
    {
        lock (_gate)
        {
            // Before the held socket's own mode is changed: at the first call the two are one.
            var flags = LibC.fcntl(call.Socket.Number, Libc.F_GETFL, 0);
            var own = LibC.fcntl(_held.Number, Libc.F_GETFL, 0);
            if (flags < 0 || own < 0 || LibC.fcntl(_held.Number, Libc.F_SETFL, own | Libc.O_NONBLOCK) < 0)
            {
                return Errno.Last;
            }

            var known = FindSide(call.Generation); // It had closed its socket, and binds anew.
            RelaySide side;
            try
            {
                side = known ?? Side(call);
            }
            catch (LinuxException e)
            {
                return e.Number;
            }

            SocketOptions.CopyFlags(call.Socket.Number, side.Listener.Number);
            var error = side.FollowBlockingMode(flags);
            if (error == 0 && call.Give(side.Listener.Number))
            {
                _sides = new Dictionary<int, RelaySide>(_sides) { [call.Generation] = side };
            }
            else if (known is null)
            {
                side.Dispose(); // The caller died.
            }

            return error;
        }
    }

    /// <inheritdoc/>
    public int Listen(int generation, int backlog)
    {
        if (FindSide(generation) is not { } side)
        {
            return Errno.EINVAL;
        }

        var error = side.Listen(backlog);
        if (error == 0)
        {
            _shards.ForEach(shard => shard.Loop.Post(shard.SideReady));
            _listens = true;
            StartAccepting();
        }

        return error;
    }

    /// <inheritdoc/>
    public ulong? PrivateInode(int generation) =>
        generation == _outside ? ProcFs.SocketInode(Environment.ProcessId, _held.Number) : FindSide(generation)?.Inode;

    /// <inheritdoc/>
    public IRelaySide? Side(int generation) => FindSide(generation);

    /// <inheritdoc/>
    public void Prepare(int generation) => Walk(session => session.Prepare(generation));

    /// <inheritdoc/>
    public int Unaccepted(int generation) => FindSide(generation)?.Unaccepted ?? 0;

    /// <inheritdoc/>
    public long Direct(Route route, int? takeBack)
    {
        lock (_directing)
        {
            Route = route;
            return _loops.Run(i => _shards[i].Direct(route, takeBack)).Sum();
        }
    }

    /// <inheritdoc/>
    public bool HasRead(int generation) => _loops.Run(i => _shards[i].HasRead(generation)).All(read => read);

    /// <inheritdoc/>
    public Leftover Leftover(int generation)
    {
        var parts = _loops.Run(i => _shards[i].Leftover(generation));
        var waits = parts.All(p => !p.HasAccepted) && FindSide(generation) is { Unaccepted: > 0 };
        return new Leftover(waits || parts.Any(p => p.IsThere), parts.Sum(p => p.Read));
    }

    /// <inheritdoc/>
    public ConnectionCounts Connections(int generation) => _loops.Run(i => _shards[i].Connections(generation)).Aggregate((a, b) => a + b);

    /// <summary>Whether a generation has come last, does not serve for good yet, and one from before is still there to go back to. May be called from any thread.</summary>
    public bool IsTried(int generation) => generation > _settled && _sides is { Count: > 1 } sides && sides.ContainsKey(generation) && sides.Keys.All(other => other <= generation);

    /// <inheritdoc/>
    public void Settle()
    {
        lock (_gate)
        {
            _settled = _sides.Keys.DefaultIfEmpty(_settled).Max();
        }

        Walk(session => session.EndIfTurnedAway());
    }

    /// <inheritdoc/>
    public GivenCounts Leave(int generation)
    {
        RelaySide? side;
        lock (_gate)
        {
            side = FindSide(generation);
            if (side is null)
            {
                return default;
            }

            _sides = _sides.Where(s => s.Key != generation).ToDictionary();
        }

        Walk(session =>
        {
            session.Lose(generation);
            session.EndIfTurnedAway();
        });
        var given = _loops.Run(i => _shards[i].Forget(generation)).Aggregate((a, b) => a + b);
        side.Dispose();
        return given;
    }

    /// <inheritdoc/>
    public InputCounts Counts()
    {
        var parts = _loops.Run(i => _shards[i].Counts());
        return new InputCounts(
            parts.Sum(p => p.Connections), _acceptor.Accepted, parts.Sum(p => p.FramesIn), parts.Sum(p => p.BytesIn), parts.Sum(p => p.Moved),
            parts.Sum(p => p.WaitingBytes), parts.Sum(p => p.Lost),
            _sides.Keys.ToDictionary(g => g, g => parts.Select(p => p.ToGeneration.GetValueOrDefault(g))
                .Aggregate((a, b) => a + b)));
    }

    /// <summary>All connections as plain data, each as it is between two events. Never called on a loop.</summary>
    public IReadOnlyList<SessionState> Sessions() => [.. _loops.Run(i => _shards[i].Sessions()).SelectMany(sessions => sessions)];

    /// <inheritdoc/>
    public void Dispose()
    {
        Dictionary<int, RelaySide> sides;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            (sides, _sides) = (_sides, []);
        }

        _loops.Run(i =>
        {
            if (_shards[i].Loop == _acceptLoop)
            {
                _acceptor.Stop();
            }

            _shards[i].Close();
            return true;
        });
        foreach (var side in sides.Values)
        {
            side.Dispose();
        }
    }

    /// <summary>A leg could not be opened: no more clients are taken before that works again.</summary>
    public void Starved(LinuxException why) => _acceptLoop.Post(() => _acceptor.Crowded(why.Message));

    private void StartAccepting()
    {
        if (_outside == 0 && _listens)
        {
            _acceptLoop.Post(_acceptor.Start);
        }
    }

    private RelaySide Side(JoinCall call)
    {
        Framing = _framing ?? call.Service.FramingOf(Address);
        _rules = FrameRules.Of(Framing);
        return new RelaySide(call.Generation, _held) { Rules = _rules, Others = OthersOf(call.Generation), CountsReads = _acceptLoop.Kept is not null && call.Service.Profile.NeverPeeks };
    }

    private OtherHolders OthersOf(int generation) => new(() => Members(generation));

    private void Walk(Action<RelaySession> each) =>
        _loops.Run<bool>((i, answer) => _shards[i].Walk(each, () => answer.SetResult(true)));
}

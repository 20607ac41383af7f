using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Relay.Loop;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <summary>The connections of one relay that one loop serves. Only for the loop's thread.</summary>
internal sealed partial class Shard(StreamRelay relay, EventLoop loop)
{
    // Work on all connections is done so many at a time, so that those with traffic do not wait for it.
    private const int WalkAtOnce = 32;

    /// <summary>New connections that are kept open, at most, while the generation that is being tried turns them away.</summary>
    public const int MostTurnedAway = 1000;

    private readonly List<RelaySession> _sessions = [];
    private readonly Dictionary<int, GivenCounter> _given = [];
    private Route _route = relay.Route;
    private bool _isClosed;
    private bool _isInCrowd;
    private long _moved;

    public StreamRelay Relay { get; } = relay;

    public EventLoop Loop { get; } = loop;

    public long FramesIn { get; set; }

    public long BytesIn { get; set; }

    public long Waiting { get; set; }

    public long Lost { get; set; }

    /// <summary>Connections that are kept open although the generation that is being tried has turned them away.</summary>
    public int TurnedAway { get; set; }

    /// <summary>Takes over an accepted connection.</summary>
    public void Adopt(AcceptedClient client)
    {
        RelaySession session;
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            session = new RelaySession(this, client);
        }
        catch (Exception e) when (e is LinuxException or ObjectDisposedException)
        {
            if (client.Place >= 0)
            {
                Loop.Kept!.Sessions.Leave(client.Place);
            }

            client.Connection.Dispose();
            Interlocked.Decrement(ref Loop.Load);
            Relay.Budget.Give();
            RelayLog.Unexpected(Relay.Log, e.Message);
            return;
        }

        Add(session);
        Guarded(session, s => s.Direct(Share.GenerationOf(_route, s.Client.Ordinal), alone: false));
    }

    /// <summary>A session has ended.</summary>
    public void Remove(RelaySession session)
    {
        var last = _sessions[^1];
        (_sessions[session.Index], last.Index) = (last, session.Index);
        _sessions.RemoveAt(_sessions.Count - 1);
        Interlocked.Decrement(ref Loop.Load);
        Relay.Budget.Give();
    }

    /// <summary>What a generation was given here.</summary>
    public GivenCounter Given(int generation)
    {
        if (!_given.TryGetValue(generation, out var counter))
        {
            _given[generation] = counter = new GivenCounter();
        }

        return counter;
    }

    /// <summary>See <see cref="ITrafficInput.Direct"/>.</summary>
    public long Direct(Route route, int? takeBack)
    {
        _route = route;
        long taken = 0;
        for (var i = _sessions.Count - 1; i >= 0; i--)
        {
            var wanted = Share.GenerationOf(route, _sessions[i].Client.Ordinal);
            Guarded(_sessions[i], s =>
            {
                if (takeBack is { } dead)
                {
                    s.Want(wanted);
                    taken += s.Lose(dead);
                }

                s.Direct(wanted, route.Alone);
            });
            i = Math.Min(i, _sessions.Count);
        }

        return taken;
    }

    /// <summary>See <see cref="ITrafficInput.HasRead"/>.</summary>
    public bool HasRead(int generation)
    {
        Tick();
        return _sessions.TrueForAll(s => s.HasRead(generation));
    }

    /// <summary>Whether a generation has accepted a connection, and what it has not read on those; see <see cref="Listeners.Traffic.Leftover"/>.</summary>
    public (bool HasAccepted, bool IsThere, long Read) Leftover(int generation)
    {
        var (hasAccepted, isThere, read) = (false, false, _given.GetValueOrDefault(generation)?.Bytes ?? 0);
        foreach (var session in _sessions)
        {
            if (session.UnreadBy(generation) is { } unread)
            {
                read -= unread.Bytes;
                hasAccepted |= unread.IsAccepted;
                isThere |= unread.IsAccepted && unread.Bytes > 0;
            }
        }

        return (hasAccepted, isThere, read);
    }

    /// <summary>See <see cref="ITrafficInput.Connections"/>.</summary>
    public ConnectionCounts Connections(int generation) =>
        _sessions.Aggregate(_given.GetValueOrDefault(generation)?.Connections ?? default, (sum, session) => sum + session.CountOf(generation));

    /// <summary>Its sessions as plain data.</summary>
    public IReadOnlyList<SessionState> Sessions() => _sessions.ConvertAll(session => session.State());

    /// <summary>Does something to every session that there is, and tells when it is done.</summary>
    public void Walk(Action<RelaySession> each, Action done) => Walk(each, done, _sessions.Count - 1);

    /// <summary>A generation's side listens: who waits for it goes on.</summary>
    public void SideReady() => Walk(s => s.AttachAndPump(), () => { });

    /// <summary>Ends all sessions; takes no more.</summary>
    public void Close()
    {
        _isClosed = true;
        while (_sessions.Count > 0)
        {
            _sessions[^1].End(reset: false);
        }

        Loop.Pool.Crowd.Leave(_sessions);
    }

    /// <summary>Forgets what a generation was given, so that the list does not grow with each reload, and returns it.</summary>
    public GivenCounts Forget(int generation) => _given.Remove(generation, out var given) ? new GivenCounts(given.Frames, given.Bytes) : default;

    /// <summary>A session went to another generation.</summary>
    public void Moved(TimeSpan pause)
    {
        _moved++;
        Relay.Paused?.Invoke(pause);
    }

    /// <summary>What was counted here.</summary>
    public InputCounts Counts() => new(
        _sessions.Count, 0, FramesIn, BytesIn, _moved, Waiting, Lost,
        _given.ToDictionary(g => g.Key, g => new GivenCounts(g.Value.Frames, g.Value.Bytes)));

    private void Add(RelaySession session)
    {
        if (!_isInCrowd)
        {
            _isInCrowd = true;
            Loop.Pool.Crowd.Join(_sessions);
        }

        session.Index = _sessions.Count;
        _sessions.Add(session);
    }

    private void Walk(Action<RelaySession> each, Action done, int from)
    {
        // Backwards: when a session ends the last one takes its place, so that none is passed over.
        var i = Math.Min(from, _sessions.Count - 1);
        for (var left = WalkAtOnce; i >= 0 && left > 0; left--, i = Math.Min(i - 1, _sessions.Count - 1))
        {
            Guarded(_sessions[i], each);
        }

        if (i < 0 || !Loop.Post(() => Walk(each, done, i)))
        {
            done();
        }
    }

    private static void Guarded(RelaySession session, Action<RelaySession> action)
    {
        try
        {
            action(session);
        }
        catch (Exception e)
        {
            session.Fail(e); // One connection ends by it, and the work on the others goes on.
        }
    }
}

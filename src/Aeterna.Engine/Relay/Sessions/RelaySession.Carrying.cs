using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <content>From one engine to the next.</content>
internal sealed partial class RelaySession
{
    /// <summary>Goes on with a predecessor's. Its legs are not there yet: <see cref="Take"/>. What happens is noted, and nothing moves before <see cref="GoOnHere"/>.</summary>
    /// <param name="shard">Where it belongs.</param>
    /// <param name="state">What is known of it.</param>
    /// <param name="bytes">What it holds.</param>
    /// <exception cref="LedgerException">Something of it is missing.</exception>
    public RelaySession(Shard shard, SessionState state, LedgerBytes bytes)
    {
        (_shard, _legs) = (shard, new LegSet(this, shard));
        _stream = FrameStream.From(shard.Relay.Rules, shard.Loop.Pool, state.Stream ?? throw new LedgerException("a connection has no stream"), bytes);
        (_course, _wanted, _isForeign, _framesCounted, _isHeld) = (CourseKeeper.From(state.Course, state.Since), state.Wanted, state.IsForeign, _stream.Frames, true);
        var client = new ClientState(
            state.Client is { } fd ? new FileDescriptor(fd) : null, state.IsStandIn, state.HasEnded, state.PeerAddress, state.LocalAddress, state.Ordinal, state.Answers is { } place ? bytes.Get(place) : []);
        Client = new ClientSide(shard.Loop, client, isUnix: state.IsStandIn || shard.Relay.Address.IsUnix, this);
        if (!state.IsStandIn && Loop.Kept?.Sessions.Take(shard.Relay.HeldNumber, state.Ordinal) is >= 0 and var free)
        {
            _kept = Keep(free);
            Note(state.Client ?? 0);
        }
    }

    private unsafe void Note(int client)
    {
        *_kept!.Client = client;
        Note();
    }

    /// <summary>Whether it stands so that another engine can go on with it: it is not on its way from one generation to another.</summary>
    public bool CanBeCarried => _course.Now is Course.Settled or Course.Finished && !_stream.IsStopping;

    /// <summary>It as plain data, with what it holds.</summary>
    public SessionState State(LedgerBytes bytes) => State() with
    {
        Wanted = _wanted,
        IsForeign = _isForeign,
        Stream = _stream.State(bytes),
        Answers = Client.HasAnswers ? bytes.Put(Client.Answers) : null,
    };

    /// <summary>Takes its legs over, and gives each to who keeps them.</summary>
    /// <param name="states">What is known of them.</param>
    /// <param name="each">Told of each.</param>
    /// <exception cref="LedgerException">One belongs to no generation.</exception>
    public void Take(IReadOnlyList<LegState> states, Action<Leg> each)
    {
        foreach (var state in states)
        {
            var side = _shard.Relay.FindSide(state.Generation) ?? throw new LedgerException($"a connection belongs to generation {state.Generation}, which has no socket");
            each(_legs.Add(state, side));
        }

        Note();
    }

    /// <summary>Goes on, when all is there. One that was never held loses nothing by it.</summary>
    public void GoOnHere()
    {
        _isHeld = false;
        if (Client.HasAnswers)
        {
            FlushAnswers();
        }

        for (var leg = _legs.First; leg is not null && !Client.HasAnswers && !IsOver; leg = leg.Next)
        {
            PumpAnswers(leg);
        }

        if (IsOver)
        {
            return;
        }

        if (IsTold)
        {
            _shard.SweepLater(this); // Its end is seen by that.
        }

        AttachAndPump();
    }
}

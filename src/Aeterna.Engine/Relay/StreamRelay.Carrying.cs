using System.Collections.Concurrent;
using Aeterna.Ledger;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Sessions;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay;

/// <summary>A <see cref="StreamRelay"/> as plain data.</summary>
internal sealed record StreamRelayState : InputState
{
    /// <summary>How its streams are cut.</summary>
    public required FramingState Framing { get; init; }

    /// <summary>Its generations' sides.</summary>
    public required IReadOnlyList<RelaySideState> Sides { get; init; }

    /// <summary>Clients are accepted.</summary>
    public required bool Listens { get; init; }

    /// <summary>Clients accepted so far.</summary>
    public required long Accepted { get; init; }

    /// <summary>What its loops have.</summary>
    public required IReadOnlyList<ShardState> Shards { get; init; }

    /// <summary>Its connections are left out: they end with the engine.</summary>
    public bool IsOutline { get; init; }
}

/// <content>From one engine to the next.</content>
internal sealed partial class StreamRelay
{
    /// <inheritdoc/>
    public InputState State(LedgerBytes? bytes)
    {
        if (_outside != 0)
        {
            throw new LedgerException($"{Address} is being taken over from a daemon that runs already");
        }

        if (bytes is null)
        {
            return new StreamRelayState
            {
                Framing = FramingState.Of(Framing),
                Sides = [.. _sides.Values.Select(side => side.State() with { Connected = [], Waiting = [], Returned = [] })],
                Listens = _listens,
                Accepted = _acceptor.Accepted,
                Shards = [],
                IsOutline = true,
            };
        }

        var shards = _shards.ConvertAll(shard => shard.State(bytes) ?? throw new LedgerException($"connections of {Address} are on their way from one generation to another"));
        if (shards.SelectMany(shard => shard.Sessions).Any(session => session.IsStandIn))
        {
            throw new LedgerException($"the engine ends TLS on {Address}, and connections are open there, which another engine cannot go on with");
        }

        return new StreamRelayState
        {
            Framing = FramingState.Of(Framing),
            Sides = [.. _sides.Values.Select(side => side.State())],
            Listens = _listens,
            Accepted = _acceptor.Accepted,
            Shards = shards,
        };
    }

    /// <summary>Takes a predecessor's connections and sides over. Nothing moves before <see cref="GoOn"/>.</summary>
    /// <param name="state">What is known of them.</param>
    /// <param name="bytes">What they hold.</param>
    /// <param name="found">Told of each leg by the engine's end.</param>
    /// <exception cref="LedgerException">Something of one is missing.</exception>
    public void Take(StreamRelayState state, LedgerBytes bytes, Action<int, IRelayLeg> found)
    {
        Framing = state.Framing.Framing();
        _rules = FrameRules.Of(Framing);
        _sides = state.Sides.ToDictionary(side => side.Generation, side => new RelaySide(side, _held) { Rules = _rules, Others = OthersOf(side.Generation), CountsReads = side.CountsReads });
        var legs = new ConcurrentDictionary<int, Leg>();
        var sessions = state.Shards.SelectMany(shard => shard.Sessions).ToList();
        _loops.Run(i =>
        {
            if (i == 0)
            {
                state.Shards.ToList().ForEach(shard => _shards[i].CountOn(shard.Counts));
            }

            _shards[i].Take(sessions.Where((_, index) => index % _shards.Count == i), bytes, (fd, leg) => legs[fd] = leg);
            return true;
        });
        foreach (var side in state.Sides)
        {
            _sides[side.Generation].Take(side, legs);
            if (state.IsOutline)
            {
                _sides[side.Generation].Clear();
            }
        }

        foreach (var (fd, leg) in legs)
        {
            found(fd, leg);
        }

        _acceptor.CountOn(state.Accepted);
        _listens = state.Listens;
    }

    /// <inheritdoc/>
    public void GoOn()
    {
        StartAccepting();
        _shards.ForEach(shard => shard.Loop.Post(shard.GoOn));
    }

    /// <summary>Nothing: its loops are held by their owner (<see cref="RelayInputs.HoldStill"/>).</summary>
    public void HoldStill()
    {
    }

    /// <inheritdoc/>
    public void Know(Route route)
    {
        lock (_directing)
        {
            Route = route;
            _loops.Run(i => _shards[i].Know(route));
        }
    }
}

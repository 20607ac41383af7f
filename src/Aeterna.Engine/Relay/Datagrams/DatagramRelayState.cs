using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;

namespace Aeterna.Relay.Datagrams;

/// <summary>A <see cref="DatagramRelay"/> as plain data.</summary>
internal sealed record DatagramRelayState : InputState
{
    public required IReadOnlyList<DatagramSideState> Sides { get; init; }

    /// <summary>Datagrams that no generation has been given, oldest first.</summary>
    public required IReadOnlyList<DatagramState> Waiting { get; init; }

    public required long FramesIn { get; init; }

    public required long BytesIn { get; init; }

    public required long Lost { get; init; }
}

/// <summary>A generation's pair of sockets.</summary>
internal sealed record DatagramSideState(int Generation, int Ours, int Theirs, GivenCounts Given, bool IsBroken);

/// <summary>A datagram, and who has sent it.</summary>
internal sealed record DatagramState(LedgerPlace Bytes, PeerCredentials? Sender);

/// <content>From one engine to the next.</content>
internal sealed partial class DatagramRelay
{
    /// <inheritdoc/>
    public void HoldStill()
    {
        lock (_gate)
        {
            _isHeld = true;
        }
    }

    /// <inheritdoc/>
    public InputState State(LedgerBytes? bytes)
    {
        if (_outside != 0)
        {
            throw new LedgerException($"{Address} is being taken over from a daemon that runs already");
        }

        lock (_gate)
        {
            return new DatagramRelayState
            {
                Sides = [.. _sides.Select(side => side.Value.State(side.Key))],
                Waiting = bytes is null ? [] : [.. _waiting.All.Select(datagram => new DatagramState(bytes.Put(datagram.Bytes), datagram.Sender))],
                FramesIn = _framesIn,
                BytesIn = _bytesIn,
                Lost = _lost,
            };
        }
    }

    /// <summary>Takes a predecessor's sides and datagrams over. Nothing moves before <see cref="GoOn"/>.</summary>
    public void Take(DatagramRelayState state, LedgerBytes bytes)
    {
        lock (_gate)
        {
            foreach (var side in state.Sides)
            {
                _sides[side.Generation] = DatagramSide.From(side);
            }

            foreach (var datagram in state.Waiting)
            {
                _waiting.Add(new Datagram(bytes.Get(datagram.Bytes), datagram.Sender));
            }

            (_framesIn, _bytesIn, _lost) = (state.FramesIn, state.BytesIn, state.Lost);
        }
    }

    /// <inheritdoc/>
    public void Know(Route route)
    {
        lock (_gate)
        {
            _route = route;
        }
    }

    /// <inheritdoc/>
    public void GoOn()
    {
        lock (_gate)
        {
            _isHeld = false;
        }

        _loop.Wake();
    }
}

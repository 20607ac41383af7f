using Aeterna.Linux;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Relay.Datagrams;

/// <content>What the relay's own thread does.</content>
internal sealed partial class DatagramRelay
{
    /// <summary>Datagrams that are read before others get the lock.</summary>
    private const int Batch = 64;

    private void Wants(List<Pollfd> polled)
    {
        lock (_gate)
        {
            if (_outside == 0 && !_isHeld && !_waiting.IsFull)
            {
                polled.Add(new Pollfd { Fd = _public.Number, Events = Libc.POLLIN });
            }

            if (_waiting.Count > 0 && !_isHeld)
            {
                polled.AddRange(Named().Select(n => new Pollfd { Fd = n.Side.Ours.Number, Events = Messages.POLLOUT }));
            }
        }
    }

    private void Work()
    {
        lock (_gate)
        {
            while (!_isHeld && _waiting.TryPeek(out var oldest) && TryGive(oldest.Bytes, oldest.Sender))
            {
                _waiting.Remove();
            }

            for (var n = 0; _outside == 0 && !_isHeld && n < Batch && !_waiting.IsFull && Read(); n++)
            {
            }
        }
    }

    /// <summary>Takes a datagram from the public socket and gives it on; false when there is none.</summary>
    private bool Read()
    {
        if (Messages.TryReceive(_public.Number, _buffer, out var datagram) != 0)
        {
            return false;
        }

        _framesIn++;
        _bytesIn += datagram.Length;
        if (datagram.Descriptors > 0 && !_saidDescriptors)
        {
            _saidDescriptors = true;
            DatagramLog.DescriptorsDropped(_log, Address);
        }

        if (datagram.Length > _buffer.Length)
        {
            Lose(datagram.Length, $"the engine holds at most {_buffer.Length} bytes");
            return true;
        }

        var bytes = _buffer.AsSpan(0, datagram.Length);
        if (_waiting.Count > 0 || !TryGive(bytes, datagram.Sender))
        {
            _waiting.Add(new Datagram(bytes.ToArray(), datagram.Sender));
        }

        return true;
    }

    /// <summary>Gives a datagram to whose turn it is, or to the other one if there is no room. False: it has to wait.</summary>
    private bool TryGive(ReadOnlySpan<byte> bytes, PeerCredentials? sender)
    {
        foreach (var (generation, side) in Named())
        {
            var error = _identity.Send(side.Ours, bytes, sender);
            switch (error)
            {
                case 0:
                    side.Given = new GivenCounts(side.Given.Frames + 1, side.Given.Bytes + bytes.Length);
                    _share.Advance(_route.Percent);
                    return true;
                case Errno.EMSGSIZE:
                    Lose(bytes.Length, "the kernel's send buffer is too small for it (raise net.core.wmem_max)");
                    return true;
                case Errno.EAGAIN or Errno.ENOBUFS or Errno.ENOMEM: // There is no room, or no memory, at this moment.
                    break;
                default:
                    side.IsBroken = true;
                    DatagramLog.SideBroken(_log, Address, generation, Errno.Text(error).ToLowerInvariant());
                    break;
            }
        }

        return false;
    }

    /// <summary>Who may get the next datagram, the one whose turn it is first. Nobody while the route's generation is not there.</summary>
    private List<(int Generation, DatagramSide Side)> Named()
    {
        List<(int, DatagramSide)> named = [];
        if (_route.Main is { } main && _sides.TryGetValue(main, out var ofMain) && !ofMain.IsBroken)
        {
            named.Add((main, ofMain));
            if (_route is { Candidate: { } candidate, Percent: > 0 } && _sides.TryGetValue(candidate, out var ofCandidate) && !ofCandidate.IsBroken)
            {
                named.Insert(_share.IsCandidatesTurn(_route.Percent) ? 0 : 1, (candidate, ofCandidate));
            }
        }

        return named;
    }

    private unsafe bool HasArrived()
    {
        var arrived = new Pollfd { Fd = _public.Number, Events = Libc.POLLIN };
        return Libc.poll(&arrived, 1, 0) > 0;
    }

    private void Lose(int length, string why)
    {
        _lost++;
        DatagramLog.TooLong(_log, length, Address, why);
    }
}

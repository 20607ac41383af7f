using Aeterna.Linux;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Relay.Sides;

/// <content>What the broker asks when the generation accepts.</content>
internal sealed unsafe partial class RelaySide
{
    private readonly Stack<Leg> _returned = new();
    private bool _starved;

    /// <inheritdoc/>
    public IRelayLeg? TryAccept()
    {
        Leg? leg = null;
        Leg? next = null;
        Leg? starved;
        lock (_gate)
        {
            _closeLater?.Dispose();
            (_closeLater, _handedOut) = (null, null);
            while (leg is null && _returned.TryPop(out var returned))
            {
                leg = returned.IsGone ? null : returned;
            }

            leg ??= Accept();
            _handedOut = leg;
            while (leg is not null && next is null && _waiting.TryDequeue(out var waiting))
            {
                next = waiting.IsGone ? null : waiting;
            }

            starved = _starved ? _connected.Peek() : null;
        }

        starved?.CannotBeAccepted();
        next?.ConnectAgain();
        leg?.WasAccepted();
        return leg;
    }

    /// <summary>Lets a leg be the next that is accepted.</summary>
    public void Return(Leg leg)
    {
        lock (_gate)
        {
            _handedOut = _handedOut == leg ? null : _handedOut;
            if (!leg.IsGone)
            {
                _returned.Push(leg);
            }
        }

        Arrived?.Invoke();
    }

    /// <summary>Has the broker try again, after accepting had failed for want of descriptors.</summary>
    public void TryAgain() => Arrived?.Invoke();

    private Leg? Accept()
    {
        _starved = false;
        while (!_left && HasConnection())
        {
            var fd = Libc.accept4(Listener.Number, null, null, Libc.SOCK_CLOEXEC);
            if (fd < 0)
            {
                _starved = _connected.Count > 0 && Errno.Last is not (Errno.EINTR or Errno.EAGAIN);
                return null;
            }

            var end = new FileDescriptor(fd);
            if (Libc.Peer(fd)?.Pid == Environment.ProcessId && _connected.TryDequeue(out var leg) && leg is { IsGone: false })
            {
                if (CountsReads)
                {
                    SocketQueues.CountTaken(fd);
                }

                leg.AcceptedEnd = end;
                return leg;
            }

            end.Dispose(); // A stranger, or a connection that has ended without anything to read.
        }

        return null;
    }

    // The socket may be a blocking one, and a program that accepts past the broker (io_uring) may have taken what is expected.
    private bool HasConnection()
    {
        var poll = new Pollfd { Fd = Listener.Number, Events = Libc.POLLIN };
        return Libc.poll(&poll, 1, 0) > 0;
    }
}

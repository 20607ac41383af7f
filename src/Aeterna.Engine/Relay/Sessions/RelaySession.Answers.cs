using Aeterna.Linux;

namespace Aeterna.Relay;

/// <content>From the legs to the client, and the ends of both.</content>
internal sealed unsafe partial class RelaySession
{
    /// <summary>Something happened on a leg.</summary>
    public void LegReady(Leg leg, uint events)
    {
        if (_isOver || leg.Number is null)
        {
            return;
        }

        if ((events & Libc.EPOLLOUT) != 0 && leg.IsFull)
        {
            _legs.SetFull(leg, false);
            Pump();
        }

        leg.HasTurn &= events != 0;
        if (events != Libc.EPOLLOUT && !_isOver && leg.Number is not null)
        {
            leg.IsReadable = true;
            PumpAnswers(leg);
        }
    }

    /// <summary>The generation is about to close its end: our duplicate must not hide that.</summary>
    public void Closing(Leg leg)
    {
        leg.LeftUnread = leg.AcceptedEnd is { } end && Libc.Unread(end.Number) > 0;
        leg.Side.CloseEnd(leg, isGiven: true);
        leg.IsClosing = true;
        if (!_isOver && leg.Number is not null)
        {
            leg.IsReadable = true;
            PumpAnswers(leg);
        }
    }

    private void PumpAnswers(Leg leg)
    {
        var turns = TurnsAtOnce;
        while (leg.IsReadable && !Client.HasAnswers && !_isOver)
        {
            if (turns-- == 0)
            {
                if (!leg.HasTurn)
                {
                    leg.HasTurn = true;
                    Loop.Again(leg);
                }

                return;
            }

            var scratch = Loop.Pool.Scratch;
            var count = Libc.recv(leg.Fd, scratch.Memory, (nuint)scratch.Size, Libc.MSG_DONTWAIT);
            if (count > 0)
            {
                if (Client.IsOpen && !Client.Answer(scratch, (int)count))
                {
                    Refuse();
                }
            }
            else if (count < 0 && Errno.Last == Errno.EAGAIN)
            {
                leg.IsReadable = false;
            }
            else if (count == 0 || Errno.Last != Errno.EINTR)
            {
                // ECONNRESET: the generation closed it with bytes unread (net/unix/af_unix.c, unix_release_sock).
                leg.IsReadable = false;
                Ended(leg, closed: count < 0);
            }
        }
    }

    private void FlushAnswers()
    {
        if (!Client.Flush())
        {
            return;
        }

        for (var leg = _legs.First; leg is not null && !Client.HasAnswers && !_isOver; leg = leg.Next)
        {
            PumpAnswers(leg);
        }
    }

    /// <summary>The generation says no more on a leg.</summary>
    private void Ended(Leg leg, bool closed)
    {
        if (leg != _legs.Current)
        {
            _legs.Close(leg); // The connection is another generation's now.
        }
        else if (closed || leg.IsClosing)
        {
            End(reset: closed || leg.LeftUnread || _stream.Received > _stream.Sent);
        }
        else if (!leg.HasEnded)
        {
            leg.HasEnded = true;
            Client.EndAnswers();
            EndIfDone(leg);
        }
    }

    /// <summary>Ends the connection when the client has said all, the generation has read it, and nobody waits for an answer.</summary>
    private void EndIfDone(Leg leg)
    {
        if (_isFinished && (!Client.IsOpen || leg.HasEnded) && Libc.AllRead(leg.Fd))
        {
            End(reset: false);
        }
    }
}

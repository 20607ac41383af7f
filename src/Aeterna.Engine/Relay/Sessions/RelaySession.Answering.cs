using Aeterna.Linux;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <content>From the legs to the client.</content>
internal sealed unsafe partial class RelaySession
{
    /// <summary>Something happened on a leg.</summary>
    public void LegReady(Leg leg, uint events)
    {
        if (IsOver || leg.Number is null)
        {
            return;
        }

        if (_isHeld)
        {
            leg.IsReadable = true;
            return;
        }

        if ((events & Libc.EPOLLOUT) != 0 && leg.IsFull)
        {
            _legs.SetFull(leg, false);
            Pump();
        }

        leg.HasTurn &= events != 0;
        if (events != Libc.EPOLLOUT)
        {
            LookForAnswers(leg);
        }
    }

    /// <summary>A leg may have something to read.</summary>
    private void LookForAnswers(Leg leg)
    {
        if (!IsOver && leg.Number is not null)
        {
            leg.IsReadable = true;
            PumpAnswers(leg);
        }
    }

    private void PumpAnswers(Leg leg)
    {
        var turns = TurnsAtOnce;
        while (leg.IsReadable && !Client.HasAnswers && !IsOver)
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
            _kept?.WillAnswer(leg, scratch.Memory, Client);
            var count = Libc.recv(leg.Fd, scratch.Memory, (nuint)scratch.Size, Libc.MSG_DONTWAIT);
            if (count > 0)
            {
                leg.HasAnswered = true;
                leg.Took((int)count);
                if (Client.IsOpen && !Client.Answer(scratch, (int)count))
                {
                    Refuse();
                }

                if (Client.HasAnswers)
                {
                    Note();
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

            _kept?.HasAnswered();
        }
    }

    private void FlushAnswers()
    {
        if (!Client.Flush())
        {
            return;
        }

        Note();

        for (var leg = _legs.First; leg is not null && !Client.HasAnswers && !IsOver; leg = leg.Next)
        {
            PumpAnswers(leg);
        }
    }
}

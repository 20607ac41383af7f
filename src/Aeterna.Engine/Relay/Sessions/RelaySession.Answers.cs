using Aeterna.Linux;

namespace Aeterna.Relay;

/// <content>From the legs to the client, and the ends of both.</content>
internal sealed unsafe partial class RelaySession
{
    // What the client has not taken yet: at most one segment. Meanwhile no leg is read.
    private Segment? _answers;
    private int _answersTaken;

    /// <summary>Something happened on a leg.</summary>
    public void LegReady(Leg leg, uint events)
    {
        if (_isOver || leg.Number is null)
        {
            return;
        }

        if ((events & Libc.EPOLLOUT) != 0 && leg.IsFull)
        {
            leg.IsFull = false;
            Watch(leg);
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
        while (leg.IsReadable && _answers is null && !_isOver)
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
                if (_client is not null)
                {
                    Answer(scratch, (int)count);
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

    private void Answer(Segment from, int count)
    {
        var sent = Send(from.Memory, count);
        if (sent < count && _client is not null)
        {
            if (!Loop.Pool.HasRoom && !(Loop.Pool.Crowd.MakeRoom(Loop.Pool.Most) && Loop.Pool.HasRoom))
            {
                Refuse();
                return;
            }

            _answers = Loop.Pool.TakeScratch();
            (_answers.Length, _answersTaken) = (count, sent);
        }
    }

    private void FlushAnswers()
    {
        _answersTaken += Send(_answers!.Memory + _answersTaken, _answers.Length - _answersTaken);
        if (_answers is null || _answersTaken < _answers.Length)
        {
            return;
        }

        DropAnswers();
        for (var leg = _legs; leg is not null && _answers is null && !_isOver; leg = leg.Next)
        {
            PumpAnswers(leg);
        }
    }

    /// <summary>Sends to the client; returns what it took. A client that is gone takes nothing any more: the event says so too.</summary>
    private int Send(byte* bytes, int length)
    {
        nint count;
        do
        {
            count = Libc.send(_fd, bytes, (nuint)length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
        }
        while (count < 0 && Errno.Last == Errno.EINTR);
        return (int)Math.Max(0, count);
    }

    private void DropAnswers()
    {
        if (_answers is { } answers)
        {
            (_answers, _answersTaken) = (null, 0);
            Loop.Pool.Return(answers);
        }
    }

    /// <summary>The generation says no more on a leg.</summary>
    private void Ended(Leg leg, bool closed)
    {
        if (leg != _current)
        {
            Close(leg); // The connection is another generation's now.
        }
        else if (closed || leg.IsClosing)
        {
            End(reset: closed || leg.LeftUnread || _stream.Received > _stream.Sent);
        }
        else if (!leg.HasEnded)
        {
            leg.HasEnded = true;
            if (_client is not null)
            {
                _ = LibC.shutdown(_fd, Libc.SHUT_WR); // ENOTCONN: the client is gone, which an event says.
            }

            EndIfDone(leg);
        }
    }

    /// <summary>Ends the connection when the client has said all, the generation has read it, and nobody waits for an answer.</summary>
    private void EndIfDone(Leg leg)
    {
        if (_isFinished && (_client is null || leg.HasEnded) && Libc.AllRead(leg.Fd))
        {
            End(reset: false);
        }
    }
}

using Aeterna.Linux;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <content>From the client to the current generation.</content>
internal sealed unsafe partial class RelaySession
{
    private const int PiecesAtOnce = 8;

    /// <summary>Receives once; false when there is no memory to receive into: it goes on when there is.</summary>
    private bool Read()
    {
        if (_stream.Received == 0 && _stream.Rules.LooksAhead)
        {
            LookAhead();
            if (IsOver)
            {
                return false;
            }
        }

        if (_stream.IsCrowded)
        {
            Release();
        }

        if (!HasRoom())
        {
            return false;
        }

        var wasFramed = IsFramed;
        _shard.BytesIn += Client.Receive(_stream, _kept);
        Note();
        EndIfLost(wasFramed);
        return true;
    }

    /// <summary>What does not begin like syslog is carried as it comes: kept back in frames that it has not, it would never arrive.</summary>
    private void LookAhead()
    {
        if (Client.LooksForeign())
        {
            _isForeign = true;
            _stream = new FrameStream(FrameRules.None, Loop.Pool);
            Note();
            EndIfLost(wasFramed: true);
        }
    }

    /// <summary>Gives the generation what may be given.</summary>
    /// <returns>Whether nothing is left that waits for the generation: then the client may be read.</returns>
    private bool Flush()
    {
        while (!IsOver)
        {
            if (_course.Now == Course.Leaving && _stream.IsStopped && !TryMove())
            {
                WaitToMove();
                break;
            }

            if (!_stream.HasSendable || _legs.Current is not { } leg || !MayBeGiven(leg))
            {
                break;
            }

            if (_stream.WaitsForReading && !Libc.AllRead(leg.Fd))
            {
                _shard.WaitToMove(this);
                break;
            }

            if (!Introduce(leg) || !Give(leg))
            {
                break;
            }
        }

        if (IsOver || _stream.IsPending)
        {
            return false;
        }

        if (Client.HasEnded && !IsTold)
        {
            Finish();
        }

        return !IsOver;
    }

    // A connection without frames cannot be taken back: so nothing is given before the generation has accepted it, and until then it may move.
    private bool MayBeGiven(Leg leg) => leg.Number is not null && !leg.IsFull && (IsFramed || leg.IsAccepted);

    /// <summary>Tells a generation that goes on within a frame what comes; false when the leg takes no more now.</summary>
    private bool Introduce(Leg leg)
    {
        if (leg.Owed.Kind == RestKind.Whole)
        {
            return true;
        }

        var prelude = leg.Owed.Prelude(_stream.Next, _stream.Rules);
        if (prelude.Length > 0 && leg.AcceptedEnd is { } end)
        {
            SocketQueues.CountNoMore(end.Number); // It gets more than the client has sent.
        }

        fixed (byte* bytes = prelude)
        {
            if (prelude.Length > 0 && Libc.send(leg.Fd, bytes, (nuint)prelude.Length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL) < 0 && Errno.Last is Errno.EAGAIN or Errno.EINTR)
            {
                _legs.SetFull(leg, true);
                return false;
            }
        }

        leg.Owed = default;
        return true;
    }

    /// <summary>Sends once; false when the leg takes no more now.</summary>
    private bool Give(Leg leg)
    {
        var pieces = stackalloc Iovec[PiecesAtOnce];
        var number = _stream.Gather(new Span<Iovec>(pieces, PiecesAtOnce));
        nint count;
        _kept?.WillGive(_stream.Sent, LengthOf(pieces, number));
        do
        {
            count = number == 1
                ? Libc.send(leg.Fd, pieces->Base, pieces->Length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL)
                : Libc.writev(leg.Fd, pieces, number);
        }
        while (count < 0 && Errno.Last == Errno.EINTR);

        if (count >= 0)
        {
            leg.Given.Bytes += count;
            leg.Given.Frames += _stream.Advance(count);
            Note();
            return true;
        }

        var error = Errno.Last;
        Note();
        if (error == Errno.EAGAIN)
        {
            _legs.SetFull(leg, true);
            return false;
        }

        return Refused(leg, pieces, number);
    }

    private static long LengthOf(Iovec* pieces, int number)
    {
        long length = 0;
        for (var i = 0; i < number; i++)
        {
            length += (long)pieces[i].Length;
        }

        return length;
    }

    /// <summary>The generation does not read any more: either it has closed, or it only shut its side down, and bytes are dropped.</summary>
    private bool Refused(Leg leg, Iovec* pieces, int number)
    {
        if (!leg.IsDeaf)
        {
            leg.IsDeaf = true;
            leg.IsReadable = true;
            PumpAnswers(leg);
        }

        if (IsOver || leg != _legs.Current)
        {
            return false;
        }

        foreach (var piece in new ReadOnlySpan<Iovec>(pieces, number))
        {
            _stream.Advance((long)piece.Length);
        }

        return true;
    }
}

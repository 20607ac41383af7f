using Aeterna.Linux;

namespace Aeterna.Relay;

/// <content>From the client to the current leg.</content>
internal sealed unsafe partial class RelaySession
{
    private const int PiecesAtOnce = 8;

    /// <summary>Receives once; false when there is no memory to receive into: it goes on when there is.</summary>
    private bool Read()
    {
        if (_stream.Received == 0 && _stream.Rules.LooksAhead)
        {
            LookAhead();
            if (_isOver)
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
        _shard.BytesIn += Client.Receive(_stream);
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
            EndIfLost(wasFramed: true);
        }
    }

    /// <summary>From here on it cannot move any more; a generation that it is leaving is not to get more of it.</summary>
    private void EndIfLost(bool wasFramed)
    {
        if (wasFramed && !IsFramed && _isLeaving)
        {
            RelayLog.CannotMove(_shard.Relay.Log, Client.Name, _shard.Relay.Address);
            End(reset: false);
        }
    }

    /// <summary>Gives the generation what may be given.</summary>
    /// <returns>Whether nothing is left that waits for the generation: then the client may be read.</returns>
    private bool Flush()
    {
        while (!_isOver)
        {
            if (_isLeaving && _stream.IsStopped && !TryMove())
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

        if (_isOver || _stream.IsPending)
        {
            return false;
        }

        if (Client.HasEnded && !_isFinished)
        {
            Finish();
        }

        return !_isOver;
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
            return true;
        }

        if (Errno.Last == Errno.EAGAIN)
        {
            _legs.SetFull(leg, true);
            return false;
        }

        return Refused(leg, pieces, number);
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

        if (_isOver || leg != _legs.Current)
        {
            return false;
        }

        foreach (var piece in new ReadOnlySpan<Iovec>(pieces, number))
        {
            _stream.Advance((long)piece.Length);
        }

        return true;
    }

    /// <summary>The client has sent all, and all was given: the generation is told.</summary>
    private void Finish()
    {
        if (_legs.Current is not { Number: not null } leg)
        {
            End(reset: false); // There is nothing to give, and nobody to tell.
            return;
        }

        (_isFinished, _isLeaving) = (true, false);
        _ = LibC.shutdown(leg.Fd, Libc.SHUT_WR); // ENOTCONN: it is closed already, which an event says.
        _legs.CloseAllBut(leg);
        _shard.SweepLater(this);
        EndIfDone(leg);
    }

    /// <summary>Gives memory back as far as the generation has read.</summary>
    private void Release()
    {
        if (_legs.Current is not { } leg)
        {
            return;
        }

        if (Libc.AllRead(leg.Fd))
        {
            _stream.Release(0);
        }
        else
        {
            _stream.Release(Unread(leg));
        }
    }

    /// <summary>What the generation has not read of what it was given. Beside that it may have been told something in front.</summary>
    private long Unread(Leg leg) => leg.AcceptedEnd is { } end
        ? Math.Min(Libc.Unread(end.Number), _stream.Sent - leg.From)
        : leg.IsAccepted ? 0 : _stream.Sent - leg.From;
}

using System.Diagnostics;

using Aeterna.Linux;

namespace Aeterna.Relay;

/// <content>From one generation to another.</content>
/// <remarks>
/// A connection leaves a generation that lives in three steps: nothing more is given to it but the rest of a frame that it has the
/// beginning of; it is waited for until it has read everything; then the next generation is given the next frame. So what one connection
/// sends is read in order, whoever runs meanwhile and whoever dies meanwhile.
/// </remarks>
internal sealed partial class RelaySession
{
    // A client on the next continent hears of the end only later; it sends anew what it has no answer to, as after any end.
    private static readonly TimeSpan _farewell = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _longestFarewell = TimeSpan.FromMilliseconds(100);

    private bool _isLeaving;
    private bool _isEnding;
    private long _leavingSince;

    /// <summary>Goes to a generation, or to none; as soon as it may.</summary>
    /// <param name="wanted">The generation.</param>
    /// <param name="alone">No other one may be given anything any more: what cannot move ends.</param>
    public void Direct(int? wanted, bool alone)
    {
        if (_isOver)
        {
            return;
        }

        _wanted = wanted;
        if (_legs.Current is { } leg && leg.Generation != wanted)
        {
            Leave(leg, alone);
        }
        else if (_isLeaving)
        {
            _isLeaving = false;
            _stream.Resume();
        }

        if (!_isLeaving)
        {
            Attach();
        }
        else if (_stream.IsStopped && !TryMove())
        {
            WaitToMove();
        }

        if (_isEnding)
        {
            _shard.WaitToMove(this);
        }

        Account();
        GoOn();
    }

    /// <summary>Notes where it is to go when it loses its generation.</summary>
    public void Want(int? wanted) => _wanted = wanted;

    /// <summary>Goes on with a move; false when it still waits for the generation to read.</summary>
    public bool Move()
    {
        if (_isEnding && !_isOver)
        {
            return EndWhenRead();
        }

        if (!_isOver && _isLeaving && _stream.IsStopped && _wanted is not null && !TryMove())
        {
            return false;
        }

        GoOn();
        return true;
    }

    /// <summary>
    /// Takes back what a generation that is no more has not read, and closes its leg.
    /// </summary>
    /// <returns>Number of frames that were taken back.</returns>
    public long Lose(int generation)
    {
        if (_isOver || _legs.Find(generation) is not { } leg)
        {
            return 0;
        }

        if (leg.Number is not null)
        {
            leg.IsReadable = true;
            PumpAnswers(leg); // What it has answered is the client's.
        }

        if (_isOver || _legs.Find(generation) is null)
        {
            return 0;
        }

        if (leg != _legs.Current)
        {
            _legs.Close(leg);
            return 0;
        }

        var wasAccepted = !leg.Side.Withdraw(leg);
        if (leg.IsClosing || (!IsFramed && wasAccepted))
        {
            End(reset: _stream.IsPending || leg.LeftUnread || Unread(leg) > 0); // As when the process's end closes it.
            return 0;
        }

        if (!IsFramed)
        {
            _legs.Close(leg); // It was given nothing before it was accepted.
            Attach();
            GoOn();
            return 0;
        }

        var taken = TakeBack(leg);
        if (_isFinished && !_stream.IsPending)
        {
            End(reset: false); // It had read all that the client had to say.
            return taken;
        }

        _isFinished = false;
        Attach();
        Account();
        GoOn();
        return taken;
    }

    /// <summary>Whether a generation has read all that it was given of this connection. One that cannot move does not count.</summary>
    public bool HasRead(int generation)
    {
        if (_isOver || _legs.Current is not { } leg || leg.Generation != generation)
        {
            return true;
        }

        if (!IsFramed || _stream.IsInOverlong)
        {
            return !_isEnding || Since(_leavingSince) > _longestFarewell;
        }

        return !_stream.HasSendable && Libc.AllRead(leg.Fd);
    }

    /// <summary>Gives memory back; true when there may be more to give back later.</summary>
    public bool Sweep()
    {
        if (_isOver)
        {
            return false;
        }

        Release();
        if (!_isFinished || _legs.Current is not { } leg)
        {
            return _stream.HasUnread;
        }

        EndIfDone(leg);
        if (_isOver || !Libc.AllRead(leg.Fd))
        {
            return !_isOver;
        }

        // There is nothing to take back any more, so that the generation's close may be seen however it comes.
        leg.Side.CloseEnd(leg, isGiven: true);
        return false;
    }

    /// <summary>
    /// Nobody knows where a message ends on it. Its client is told that it is over, and connects anew, to whoever serves then; what it says
    /// until it has heard that is given all the same.
    /// </summary>
    private void Dismiss()
    {
        if (!_isEnding)
        {
            (_isEnding, _leavingSince) = (true, Stopwatch.GetTimestamp());
            Client.EndAnswers();
        }
    }

    /// <summary>Ends a connection that cannot move as soon as its generation has read what it was given, and its client has fallen silent.</summary>
    private bool EndWhenRead()
    {
        if (Since(_leavingSince) > _longestFarewell)
        {
            _stream.Stop();
        }

        Pump();
        if (_isOver || _legs.Current is not { } leg)
        {
            return _isOver;
        }

        var isSilent = _stream.IsStopped || Client.HasEnded || (Since(_leavingSince) > _farewell && !Client.IsReadable && !_stream.IsPending);
        if (!isSilent || !Libc.AllRead(leg.Fd))
        {
            return false;
        }

        RelayLog.CannotMove(_shard.Relay.Log, Client.Name, _shard.Relay.Address);
        End(reset: false);
        return true;
    }

    private void WaitToMove()
    {
        if (_wanted is not null)
        {
            _shard.WaitToMove(this);
        }
    }

    /// <summary>Has what there is to do done in a turn of its own: a switch of many connections is not to wait for the bytes of each.</summary>
    private void GoOn()
    {
        if (!_isOver && !_hasTurn && (_stream.HasSendable || Client.IsReadable || (Client.HasEnded && !_isFinished)))
        {
            _hasTurn = true;
            Loop.Again(this);
        }
    }

    private void Leave(Leg leg, bool alone)
    {
        if (!IsFramed)
        {
            if (leg.Side.Withdraw(leg))
            {
                _legs.Close(leg);
            }
            else if (alone)
            {
                Dismiss();
            }

            return;
        }

        if (_isFinished || _isLeaving)
        {
            return;
        }

        if (alone && _stream.IsInOverlong)
        {
            Note(_stream.TakeBack(unread: 0), leg); // It may never end, and must not keep a switch from being made.
        }

        (_isLeaving, _leavingSince) = (true, Stopwatch.GetTimestamp());
        _stream.Stop();
    }

    /// <summary>Goes over to the wanted generation when the one that it leaves has read everything.</summary>
    private bool TryMove()
    {
        if (_wanted is null || _legs.Current is not { } leg)
        {
            return false;
        }

        if (!leg.IsAccepted && leg.Side.Withdraw(leg))
        {
            TakeBack(leg); // Nobody has seen it yet.
        }
        else if (Libc.AllRead(leg.Fd))
        {
            Depart(leg);
        }
        else
        {
            return false;
        }

        Attach();
        _shard.Moved(Since(_leavingSince));
        return true;
    }

    /// <summary>
    /// Leaves a generation that has read all. Its leg is kept for the way back, unless the program has the beginning of something there
    /// whose rest another one gets.
    /// </summary>
    private void Depart(Leg leg)
    {
        _stream.Release(0);
        var isTorn = _stream.IsTornHere;
        var again = _stream.GoBack();
        leg.Given.Bytes -= again;
        _stream.Resume();
        (_legs.Current, _isLeaving) = (null, false);
        if (isTorn || again > 0)
        {
            _legs.Close(leg);
        }
    }

    private long TakeBack(Leg leg)
    {
        var back = _stream.TakeBack(Unread(leg));
        leg.Given.Frames += back.GivenFrames;
        leg.Given.Bytes -= back.Bytes;
        Note(back, leg);
        _isLeaving = false;
        _legs.Close(leg);
        return back.Frames;
    }

    private void Note(TakenBack back, Leg leg)
    {
        if (back.IsTorn)
        {
            _shard.Lost++;
            RelayLog.FrameLost(_shard.Relay.Log, _stream.Rules.Whole, Client.Name, _shard.Relay.Address, leg.Generation);
        }
    }
}

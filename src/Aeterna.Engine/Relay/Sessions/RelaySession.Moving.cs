using System.Diagnostics;

using Aeterna.Linux;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <content>From one generation to another, while both live.</content>
/// <remarks>
/// A connection leaves a generation that lives in three steps: nothing more is given to it but the rest of a frame that it has the
/// beginning of; it is waited for until it has read everything; then the next generation is given the next frame. So what one connection
/// sends is read in order, whoever runs meanwhile and whoever dies meanwhile.
/// </remarks>
internal sealed partial class RelaySession
{
    /// <summary>Goes to a generation, or to none; as soon as it may.</summary>
    /// <param name="wanted">The generation.</param>
    /// <param name="alone">No other one may be given anything any more: what cannot move ends.</param>
    public void Direct(int? wanted, bool alone)
    {
        if (IsOver)
        {
            return;
        }

        _wanted = wanted;
        Forgive();
        if (_legs.Current is { } leg && leg.Generation != wanted)
        {
            Leave(leg, alone);
        }
        else if (_course.Now == Course.Leaving)
        {
            _course.Turn(Course.Settled);
            _stream.Resume();
        }

        if (_course.Now != Course.Leaving)
        {
            Attach();
        }
        else if (_stream.IsStopped && !TryMove())
        {
            WaitToMove();
        }

        if (_course.Now == Course.Dismissed)
        {
            _shard.WaitToMove(this);
        }

        Account();
        GoOn();
    }

    /// <summary>Goes on with a move, or with a farewell; false when it still waits for the generation to read.</summary>
    public bool Move()
    {
        if (_course.Now == Course.Dismissed)
        {
            return EndWhenRead();
        }

        if (_course.Now == Course.Leaving && _stream.IsStopped && _wanted is not null && !TryMove())
        {
            return false;
        }

        Note();
        GoOn();
        return true;
    }

    /// <summary>Whether a generation has read all that it was given of this connection. One that cannot move does not count.</summary>
    public bool HasRead(int generation)
    {
        if (IsOver || _legs.Current is not { } leg || leg.Generation != generation)
        {
            return true;
        }

        if (!IsFramed || _stream.IsInOverlong)
        {
            return _course.Now != Course.Dismissed || _course.Age > _longestFarewell;
        }

        return !_stream.HasSendable && Libc.AllRead(leg.Fd);
    }

    /// <summary>How many bytes lie before a generation, and whether it has accepted the connection; null: it is not served by that one.</summary>
    public (long Bytes, bool IsAccepted)? UnreadBy(int generation) =>
        !IsOver && _legs.Current is { } leg && leg.Generation == generation ? (Libc.AllRead(leg.Fd) ? 0 : Unread(leg), leg.IsAccepted) : null;

    private void WaitToMove()
    {
        if (_wanted is not null)
        {
            _shard.WaitToMove(this);
        }
    }

    private void Leave(Leg leg, bool alone)
    {
        if (!IsFramed)
        {
            if (leg.Side.Withdraw(leg))
            {
                Abandon(leg);
            }
            else if (alone)
            {
                Dismiss();
            }

            return;
        }

        if (_course.Now != Course.Settled)
        {
            return;
        }

        if (alone && _stream.IsInOverlong)
        {
            Note(_stream.TakeBack(unread: 0), leg); // It may never end, and must not keep a switch from being made.
        }

        _course.Turn(Course.Leaving);
        _stream.Stop();
    }

    /// <summary>Goes over to the wanted generation when the one that it leaves has read everything.</summary>
    private bool TryMove()
    {
        if (_wanted is null || _legs.Current is not { } leg)
        {
            return false;
        }

        var since = _course.Since;
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
        _shard.Moved(Stopwatch.GetElapsedTime(since));
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
        _legs.Current = null;
        _course.Turn(Course.Settled);
        if (isTorn || again > 0)
        {
            _legs.Close(leg);
        }
    }
}

using Aeterna.Linux;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <content>The ends: of the client, of a leg, and of the connection.</content>
internal sealed partial class RelaySession
{
    // A client on the next continent hears of the end only later; it sends anew what it has no answer to, as after any end.
    private static readonly TimeSpan _farewell = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _longestFarewell = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public void Fail(Exception error)
    {
        if (!IsOver)
        {
            RelayLog.Closed(_shard.Relay.Log, Client.Name, _shard.Relay.Address, error.Message);
            End(reset: true);
        }
    }

    /// <summary>Ends the connection and everything that belongs to it.</summary>
    /// <param name="reset">Whether the client is to see a reset, as when a program closes with bytes unread.</param>
    public void End(bool reset)
    {
        if (IsOver)
        {
            return;
        }

        CountEnded();
        _course.Turn(Course.Over);
        Leave();
        Client.Close(reset);
        _legs.CloseAllBut(null);
        _stream.Clear();
        _stream.GiveBack();
        _shard.Waiting -= _waitingCounted;
        SetTurnedAway(null);
        _shard.Remove(this);
    }

    // Before anything is closed: nobody else has the numbers yet, nor the place.
    private unsafe void Leave()
    {
        Client.Noted = null;
        _kept?.Leave();
    }

    /// <summary>A generation is about to close its end of a leg: our duplicate must not hide that.</summary>
    public void Closing(Leg leg, int process)
    {
        if (TurnAway(leg, process))
        {
            return;
        }

        leg.LeftUnread = leg.AcceptedEnd is { } end && Libc.Unread(end.Number) > 0;
        leg.Side.CloseEnd(leg, isGiven: true);
        leg.IsClosing = true;
        LookForAnswers(leg);
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

    /// <summary>The client has sent all, and all was given: the generation is told.</summary>
    private void Finish()
    {
        if (_legs.Current is not { Number: not null } leg)
        {
            End(reset: false); // There is nothing to give, and nobody to tell.
            return;
        }

        if (_course.Now != Course.Dismissed)
        {
            _course.Turn(Course.Finished);
        }

        leg.IsTold = true;
        _ = LibC.shutdown(leg.Fd, Libc.SHUT_WR); // ENOTCONN: it is closed already, which an event says.
        _legs.CloseAllBut(leg);
        _shard.SweepLater(this);
        EndIfDone(leg);
    }

    /// <summary>Ends the connection when the client has said all, the generation has read it, and nobody waits for an answer.</summary>
    private void EndIfDone(Leg leg)
    {
        if (leg.IsTold && (!Client.IsOpen || leg.HasEnded) && Libc.AllRead(leg.Fd))
        {
            End(reset: false);
        }
    }

    /// <summary>From here on it cannot move any more; a generation that it is leaving is not to get more of it.</summary>
    private void EndIfLost(bool wasFramed)
    {
        if (wasFramed && !IsFramed && _course.Now == Course.Leaving)
        {
            RelayLog.CannotMove(_shard.Relay.Log, Client.Name, _shard.Relay.Address);
            End(reset: false);
        }
    }

    /// <summary>
    /// Nobody knows where a message ends on it. Its client is told that it is over, and connects anew, to whoever serves then; what it says
    /// until it has heard that is given all the same.
    /// </summary>
    private void Dismiss()
    {
        if (_course.Now != Course.Dismissed)
        {
            _course.Turn(Course.Dismissed);
            Client.EndAnswers();
        }
    }

    /// <summary>Ends a dismissed connection as soon as its generation has read what it was given, and its client has fallen silent.</summary>
    private bool EndWhenRead()
    {
        if (_course.Age > _longestFarewell)
        {
            _stream.Stop();
        }

        Pump();
        if (IsOver || _legs.Current is not { } leg)
        {
            return IsOver;
        }

        var isSilent = _stream.IsStopped || Client.HasEnded || (_course.Age > _farewell && !Client.IsReadable && !_stream.IsPending);
        if (!isSilent || !Libc.AllRead(leg.Fd))
        {
            return false;
        }

        RelayLog.CannotMove(_shard.Relay.Log, Client.Name, _shard.Relay.Address);
        End(reset: false);
        return true;
    }
}

using Aeterna.Linux;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <content>A generation is no more, or has never had the connection: what it has not read is another one's.</content>
internal sealed partial class RelaySession
{
    /// <summary>Notes where it is to go when it loses its generation.</summary>
    public void Want(int? wanted) => _wanted = wanted;

    /// <summary>
    /// Takes back what a generation that is no more, or stands still, has not read, and closes its leg.
    /// </summary>
    /// <returns>Number of frames that were taken back.</returns>
    public long Lose(int generation)
    {
        if (IsOver || _legs.Find(generation) is not { } leg)
        {
            return 0;
        }

        LookForAnswers(leg); // What it has answered is the client's.
        if (IsOver || _legs.Find(generation) is null)
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
            Abandon(leg); // It was given nothing before it was accepted.
            Attach();
            GoOn();
            return 0;
        }

        var wasTold = leg.IsTold;
        var taken = TakeBack(leg);
        if (wasTold && !_stream.IsPending)
        {
            End(reset: false); // It had read all that the client had to say.
            return taken;
        }

        Attach();
        Account();
        GoOn();
        return taken;
    }

    private long TakeBack(Leg leg)
    {
        var back = _stream.TakeBack(TakeOut(leg));
        leg.Given.Frames += back.GivenFrames;
        leg.Given.Bytes -= back.Bytes;
        Note(back, leg);
        Abandon(leg);
        return back.Frames;
    }

    /// <summary>What the generation has not read, which it does not find any more either: one that was only held still goes on, and would have it too.</summary>
    private long TakeOut(Leg leg) => leg.AcceptedEnd is { } end ? Math.Min(Libc.Drain(end.Number), _stream.Sent - leg.From) : Unread(leg);

    private void Note(TakenBack back, Leg leg)
    {
        if (back.IsTorn)
        {
            _shard.Lost++;
            RelayLog.FrameLost(_shard.Relay.Log, _stream.Rules.Whole, Client.Name, _shard.Relay.Address, leg.Generation);
        }
    }

    /// <summary>Closes the current leg, on which nothing is left. Whoever comes next is told the client's end anew.</summary>
    private void Abandon(Leg leg)
    {
        _legs.Close(leg);
        if (_course.Now != Course.Settled)
        {
            _course.Turn(Course.Settled);
        }
    }
}

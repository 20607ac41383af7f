using System.Diagnostics;

using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <content>
/// A generation closes the connection as soon as it has it. While that generation is being tried, the client is not told: another one may get the connection back.
/// </content>
internal sealed partial class RelaySession
{
    /// <summary>Later than that, a program has its own reasons: it has no work for the client, or the client was silent for too long.</summary>
    private static readonly TimeSpan _atOnce = TimeSpan.FromSeconds(5);

    private int? _turnedAwayBy;
    private bool _wasMoved;
    private bool _wasServed;
    private long _attachedAt;
    private bool _isCounted;

    /// <summary>A generation has left: a connection that another one has turned away meanwhile is not given back any more.</summary>
    public void EndIfTurnedAway()
    {
        if (!IsOver && _turnedAwayBy is { } by && !_shard.Relay.IsTried(by))
        {
            SetTurnedAway(null);
            if (_shard.Relay.FindSide(by) is not null)
            {
                End(reset: _stream.Received > _stream.Sent);
            }
        }
    }

    /// <summary>It as one of a generation's connections.</summary>
    public ConnectionCounts CountOf(int generation) =>
        IsOver || _isCounted || _legs.Current is not { } leg || leg.Generation != generation ? default
        : leg.IsAccepted ? ConnectionCounts.Accepted(_wasMoved) : new ConnectionCounts(Waiting: 1, 0, 0, 0, 0);

    /// <summary>The wanted generation has not turned it away.</summary>
    private bool MayAttach => _turnedAwayBy is null || _turnedAwayBy != _wanted;

    // A generation gets it now.
    private void NoteAttached(Leg leg)
    {
        leg.WasCurrent = true;
        (_wasMoved, _wasServed, _isCounted, _attachedAt) = (_wasServed, true, false, Stopwatch.GetTimestamp());
    }

    /// <summary>The connection goes elsewhere than to whom has turned it away.</summary>
    private void Forgive()
    {
        if (_wanted is not null && _wanted != _turnedAwayBy)
        {
            SetTurnedAway(null);
        }
    }

    /// <summary>Counts a connection that is turned away, and keeps it open if another generation may get it.</summary>
    /// <returns>Whether it is kept: its leg is closed then.</returns>
    private bool TurnAway(Leg leg, int process)
    {
        var isAtOnce = leg.Age <= _atOnce || Stopwatch.GetElapsedTime(_attachedAt) <= _atOnce;
        if (IsOver || !isAtOnce || _course.Now == Course.Dismissed || leg.AcceptedEnd is not { } end || (Client.HasEnded && !HasUnread(end)))
        {
            return false;
        }

        var isTried = _shard.Relay.IsTried(leg.Generation);
        if (isTried && leg.Side.Others.Have(process, end))
        {
            return false; // It was forked for it, and goes on with it.
        }

        if (leg != _legs.Current)
        {
            leg.Given.Connections += leg.WasCurrent ? default : ConnectionCounts.Away(wasMoved: true); // It was to get the connection, and will have another leg then.
            return false;
        }

        LookForAnswers(leg); // Who answers and closes may have said goodbye.
        var wasGivenNothing = _stream.Sent == leg.From;
        if (IsOver || leg != _legs.Current || leg.HasAnswered || !(IsFramed || wasGivenNothing))
        {
            return false;
        }

        leg.Given.Connections += ConnectionCounts.Away(_wasMoved);
        _isCounted = true;
        if (!isTried || (!_wasMoved && _shard.TurnedAway >= Shard.MostTurnedAway))
        {
            return false;
        }

        SetTurnedAway(leg.Generation);
        if (IsFramed)
        {
            TakeBack(leg);
        }
        else
        {
            Abandon(leg);
        }

        Attach();
        Account();
        GoOn();
        return true;
    }

    // What the client has said before its end is not all read.
    private bool HasUnread(FileDescriptor end) => _stream.IsPending || Libc.Unread(end.Number) > 0;

    // It ends otherwise.
    private void NoteKept()
    {
        if (!_isCounted && _legs.Current is { IsAccepted: true } leg)
        {
            leg.Given.Connections += ConnectionCounts.Accepted(_wasMoved);
        }
    }

    private void SetTurnedAway(int? by)
    {
        _shard.TurnedAway += (by is null ? 0 : 1) - (_turnedAwayBy is null ? 0 : 1);
        _turnedAwayBy = by;
    }
}

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
    private (int By, bool WasMoved)? _away; // Who has closed it at once, be it by a leg that was opened beforehand.

    /// <summary>There may be no way back any more, since a generation has left or another serves for good: then whoever was turned away meanwhile is told so.</summary>
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
        IsOver ? default
        : _legs.Current is { IsAccepted: true, IsAway: false } leg && leg.Generation == generation ? ConnectionCounts.Accepted(_wasMoved)
        : _away is { } away && away.By == generation ? ConnectionCounts.Away(away.WasMoved)
        : _legs.Current?.Generation == generation ? new ConnectionCounts(Waiting: 1, 0, 0, 0, 0) : default;

    /// <summary>The wanted generation has not turned it away.</summary>
    private bool MayAttach => _turnedAwayBy is null || _turnedAwayBy != _wanted;

    // A generation gets it now.
    private void NoteAttached(Leg leg)
    {
        leg.WasCurrent = true;
        (_wasMoved, _wasServed, _attachedAt) = (_wasServed, true, Stopwatch.GetTimestamp());
    }

    /// <summary>The connection goes elsewhere than to whom has turned it away.</summary>
    private void Forgive()
    {
        if (_wanted is not null && _wanted != _turnedAwayBy)
        {
            SetTurnedAway(null);
        }
    }

    /// <summary>Notes that a connection is turned away, and keeps it open if another generation may get it.</summary>
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
            _away = leg.WasCurrent ? _away : (leg.Generation, true); // It was to get the connection, and will have another leg then.
            return false;
        }

        LookForAnswers(leg); // Who answers and closes may have said goodbye.
        var wasGivenNothing = _stream.Sent == leg.From;
        if (IsOver || leg != _legs.Current || leg.HasAnswered || !(IsFramed || wasGivenNothing))
        {
            return false;
        }

        (_away, leg.IsAway) = ((leg.Generation, _wasMoved), true);
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

    // What it was to the generation that had it last stays in the sum.
    private void CountEnded()
    {
        if (_legs.Current is { IsAccepted: true } leg)
        {
            leg.Given.Connections += CountOf(leg.Generation);
        }
        else if (_turnedAwayBy is { } by && _shard.Relay.FindSide(by) is not null)
        {
            _shard.Given(by).Connections += CountOf(by); // Its client has left meanwhile.
        }
    }

    private void SetTurnedAway(int? by)
    {
        _shard.TurnedAway += (by is null ? 0 : 1) - (_turnedAwayBy is null ? 0 : 1);
        _turnedAwayBy = by;
    }
}

using Aeterna.Linux;

namespace Aeterna.Relay;

/// <content>Opening and closing legs.</content>
internal sealed partial class RelaySession
{
    private const uint LegEvents = Libc.EPOLLIN | Libc.EPOLLRDHUP | Libc.EPOLLET;

    /// <summary>Opens a leg to a generation beforehand.</summary>
    public void Prepare(int generation)
    {
        if (!_isOver && !_isFinished && IsFramed)
        {
            Open(generation);
        }
    }

    /// <summary>Takes the leg of the wanted generation as the current one, when there is none and it can be had.</summary>
    public void Attach()
    {
        if (_isOver || _current is not null || _wanted is not { } wanted || Open(wanted) is not { } leg)
        {
            return;
        }

        leg.Owed = _isForeign ? default : _stream.Enter(leg.Side.Rules);
        leg.From = _stream.Sent;
        _current = leg;
    }

    /// <summary>The same, and goes on with it.</summary>
    public void AttachAndPump()
    {
        Attach();
        Pump();
    }

    /// <summary>There may be room for a leg that could not be connected.</summary>
    public void ConnectAgain(Leg leg)
    {
        try
        {
            if (!_isOver && leg.Number is null && !leg.IsGone && !Connect(leg))
            {
                Drop(leg);
            }

            Pump();
        }
        catch (LinuxException e)
        {
            Fail(e);
        }
    }

    /// <summary>A generation would accept a leg, and there is no descriptor for it.</summary>
    public void CannotBeAccepted(Leg leg) => _shard.Starve(leg.Side, new LinuxException("accept4", Errno.EMFILE));

    /// <summary>A generation has accepted a leg. On any thread.</summary>
    public void WasAccepted(Leg leg)
    {
        if (!IsFramed)
        {
            Loop.Post(Pump); // It has waited for that.
        }
    }

    private Leg? Find(int generation)
    {
        var leg = _legs;
        while (leg is not null && leg.Generation != generation)
        {
            leg = leg.Next;
        }

        return leg;
    }

    private Leg? Open(int generation)
    {
        if (Find(generation) is { } there)
        {
            return there;
        }

        if (_shard.Relay.FindSide(generation) is not { } side)
        {
            return null;
        }

        Leg? leg = null;
        try
        {
            leg = new Leg(this, side, _shard.Given(generation)) { Next = _legs };
            _legs = leg;
            if (Connect(leg))
            {
                return leg;
            }
        }
        catch (LinuxException e) when (e.Number is Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.ENOBUFS or Errno.ENOSPC)
        {
            _shard.Starve(this, e);
        }

        if (leg is not null)
        {
            Drop(leg);
        }

        return null;
    }

    /// <summary>Connects a leg; false when nobody listens.</summary>
    private bool Connect(Leg leg)
    {
        var outcome = leg.Side.Connect(leg);
        if (outcome == Connecting.Made)
        {
            leg.Number = Loop.Add(leg.Fd, LegEvents, leg);
        }

        return outcome != Connecting.Refused;
    }

    private void Drop(Leg leg)
    {
        _current = _current == leg ? null : _current;
        Close(leg);
    }

    /// <summary>Watches for room in a leg only while there is none: each read of the generation would be an event otherwise.</summary>
    private void Watch(Leg leg) => Loop.Change(leg.Fd, leg.IsFull ? LegEvents | Libc.EPOLLOUT : LegEvents, leg.Number!.Value);

    private void Close(Leg leg)
    {
        if (_legs == leg)
        {
            _legs = leg.Next;
        }
        else
        {
            var before = _legs;
            while (before!.Next != leg)
            {
                before = before.Next;
            }

            before.Next = leg.Next;
        }

        if (leg.Number is { } number)
        {
            Loop.Remove(leg.Fd, number);
            leg.Number = null;
        }

        leg.Side.CloseEnd(leg, isGiven: false);
        _ = LibC.close(leg.Fd);
    }

    private void CloseAllBut(Leg kept)
    {
        for (var leg = _legs; leg is not null;)
        {
            var next = leg.Next;
            if (leg != kept)
            {
                Close(leg);
            }

            leg = next;
        }
    }
}

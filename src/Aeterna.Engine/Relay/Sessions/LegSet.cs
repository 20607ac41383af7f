using Aeterna.Linux;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <summary>
/// The legs of a session, at most one to each generation. One may be the current one; it is not when it is closed. Who gets what is
/// decided elsewhere. Only for its loop's thread.
/// </summary>
internal sealed class LegSet(RelaySession session, Shard shard)
{
    private const uint Events = Libc.EPOLLIN | Libc.EPOLLRDHUP | Libc.EPOLLET;

    /// <summary>The first one, and by <see cref="Leg.Next"/> all.</summary>
    public Leg? First { get; private set; }

    /// <summary>The one that is given what the client sends.</summary>
    public Leg? Current { get; set; }

    /// <summary>The leg to a generation.</summary>
    public Leg? Find(int generation)
    {
        var leg = First;
        while (leg is not null && leg.Generation != generation)
        {
            leg = leg.Next;
        }

        return leg;
    }

    /// <summary>The leg to a generation, which is opened when there is none; null when it cannot be had now. For want of descriptors or memory it is tried again.</summary>
    public Leg? Open(int generation)
    {
        if (Find(generation) is { } there)
        {
            return there;
        }

        if (shard.Relay.FindSide(generation) is not { } side)
        {
            return null;
        }

        Leg? leg = null;
        try
        {
            leg = new Leg(session, side, shard.Given(generation)) { Next = First };
            First = leg;
            if (Connect(leg))
            {
                return leg;
            }
        }
        catch (LinuxException e) when (e.Number is Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.ENOBUFS or Errno.ENOSPC)
        {
            shard.Starve(session, e);
        }

        if (leg is not null)
        {
            Close(leg);
        }

        return null;
    }

    /// <summary>Connects a leg; false when nobody listens.</summary>
    /// <exception cref="LinuxException">As connect(2) and epoll_ctl(2) fail.</exception>
    public bool Connect(Leg leg)
    {
        var outcome = leg.Side.Connect(leg);
        if (outcome == Connecting.Made)
        {
            leg.Number = shard.Loop.Add(leg.Fd, Events, leg);
        }

        return outcome != Connecting.Refused;
    }

    /// <summary>A leg takes no more, or again: watched for room only while there is none, since each read of the generation would be an event otherwise.</summary>
    public void SetFull(Leg leg, bool isFull)
    {
        leg.IsFull = isFull;
        shard.Loop.Change(leg.Fd, isFull ? Events | Libc.EPOLLOUT : Events, leg.Number!.Value);
    }

    /// <summary>Closes a leg, and our duplicate of the generation's end.</summary>
    public void Close(Leg leg)
    {
        Unlink(leg);
        if (leg.Number is { } number)
        {
            shard.Loop.Remove(leg.Fd, number);
            leg.Number = null;
        }

        leg.Forget();
        leg.Side.CloseEnd(leg, isGiven: false);
        _ = LibC.close(leg.Fd);
    }

    /// <summary>Closes all but one; null: all.</summary>
    public void CloseAllBut(Leg? kept)
    {
        for (var leg = First; leg is not null;)
        {
            var next = leg.Next;
            if (leg != kept)
            {
                Close(leg);
            }

            leg = next;
        }
    }

    /// <summary>They as plain data.</summary>
    public IReadOnlyList<LegState> State()
    {
        List<LegState> all = [];
        for (var leg = First; leg is not null; leg = leg.Next)
        {
            all.Add(new LegState(leg.Generation, leg.Fd, leg.AcceptedEnd?.Number, leg.From, leg.Number is not null, leg.IsAccepted, leg == Current, leg.IsTold)
            {
                OwedKind = leg.Owed.Kind,
                OwedCount = leg.Owed.Count,
                IsDeaf = leg.IsDeaf,
                HasEnded = leg.HasEnded,
                IsClosing = leg.IsClosing,
                LeftUnread = leg.LeftUnread,
            });
        }

        return all;
    }

    /// <summary>Takes in a leg of a predecessor's, behind the others.</summary>
    /// <exception cref="LinuxException">ENOMEM, ENOSPC.</exception>
    public Leg Add(LegState state, RelaySide side)
    {
        var leg = new Leg(session, side, shard.Given(state.Generation), state);
        var last = First;
        while (last?.Next is not null)
        {
            last = last.Next;
        }

        if (last is null)
        {
            First = leg;
        }
        else
        {
            last.Next = leg;
        }

        Current = state.IsCurrent ? leg : Current;
        if (state.IsConnected)
        {
            leg.Number = shard.Loop.Add(leg.Fd, Events, leg);
        }

        return leg;
    }

    private void Unlink(Leg leg)
    {
        Current = Current == leg ? null : Current;
        if (First == leg)
        {
            First = leg.Next;
            return;
        }

        var before = First;
        while (before!.Next != leg)
        {
            before = before.Next;
        }

        before.Next = leg.Next;
    }
}

using System.Diagnostics;

using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;

namespace Aeterna.Listeners.Steering;

/// <content>Traffic is directed, and what one socket has got goes to another.</content>
internal sealed partial class SteeredInput
{
    /// <summary>For a datagram for which the kernel chose the socket just before a switch.</summary>
    private static readonly TimeSpan _settling = TimeSpan.FromMilliseconds(1);

    /// <summary>For a sender that is as fast as datagrams are carried.</summary>
    private static readonly TimeSpan _longestCarrying = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Attaches the program of the route. What was taken back goes through the network once more with its sender's address, and newer
    /// datagrams are kept behind it but for those of the few microseconds of the switch itself.
    /// </summary>
    /// <remarks>
    /// When the route names nobody that is there, the waiting room gets the traffic, and the next generation that binds gets the waiting
    /// room. A dead generation's own socket becomes it, with its queue, and then nothing has to be carried.
    /// </remarks>
    public long Direct(Route route, int? takeBack)
    {
        lock (_gate)
        {
            Sweep();
            _route = route;
            _heir = null;
            var dead = InGroup(takeBack);
            return InGroup(route.Main) is { } main && main != dead ? Bring(main, dead) : Hold(dead);
        }
    }

    /// <inheritdoc/>
    public GivenCounts Leave(int generation)
    {
        lock (_gate)
        {
            Sweep();
            if (Of(generation) is not { } member)
            {
                return default;
            }

            var given = member.Given;
            var hasTraffic = member == Target();
            _heir = _heir == member ? null : _heir;
            if (_order.IndexOf(member) >= 0 && (hasTraffic || !_order.Members.Any(m => m != member && !m.Departed)))
            {
                BecomeRoom(member);
            }
            else
            {
                Remove(member);
            }

            return given;
        }
    }

    private long Bring(Member main, Member? dead)
    {
        var room = Room;
        var carried = Move([.. new[] { dead, room }.OfType<Member>()], main);
        if (room is not null)
        {
            Remove(room);
        }

        return carried;
    }

    private long Hold(Member? dead)
    {
        if (dead is not null)
        {
            return Inherit(dead);
        }

        if (Room is null && _order.Members.FirstOrDefault(m => !m.Departed) is { } member)
        {
            try
            {
                var room = new Member(WaitingRoom.Open(address, member.Fd, Backlog(0)), null);
                Widen(room.Fd);
                _members.Add(room);
                _order.Join(room);
            }
            catch (LinuxException e)
            {
                SteeringLog.NoWaitingRoom(log, address, e.Message, _steering?.Main.Generation);
            }
        }

        Steer();
        return 0;
    }

    /// <summary>What a dead generation has not read waits where it is, and what came to the room since is put behind it.</summary>
    private long Inherit(Member dead)
    {
        if (Room is not { } room)
        {
            BecomeRoom(dead);
            return 0;
        }

        room.Departed = true;
        dead.Generation = null;
        dead.Given = default;
        var carried = Move([room], dead);
        Remove(room);
        return carried;
    }

    private void BecomeRoom(Member member)
    {
        member.Generation = null;
        member.Given = default;
        Steer();
    }

    /// <summary>Moves what is in the queues of some members to another one, in their order, and directs new traffic as the route says.</summary>
    private long Move(List<Member> from, Member to)
    {
        if (address.IsStream || from.Count == 0)
        {
            Steer();
            return 0;
        }

        using var carrier = new Carrier(address.Endpoint!, log);
        var dropped = SocketQueues.Of(to.Fd.Number).Dropped;
        if (from.Exists(m => m.HasUnread) && carrier.IsMarked && _steering is not null)
        {
            // New datagrams go on to where they went until the old ones are where they belong.
            Attach(pinned: to);
            CarryOn(from, carrier);
        }

        Steer(pinned: to);
        from.ForEach(m => carrier.Carry(m.Fd));
        Thread.Sleep(_settling);
        from.ForEach(m => carrier.Carry(m.Fd));
        Steer();
        return Account(carrier, to, Math.Min(carrier.Carried, SocketQueues.Of(to.Fd.Number).Dropped - dropped));
    }

    /// <summary>
    /// Carries what is there and what comes meanwhile, until there is nothing, or for a while: faster than it can be carried nothing is kept in
    /// order, and where a firewall changes marks all comes back to where it was.
    /// </summary>
    private static void CarryOn(List<Member> from, Carrier carrier)
    {
        var since = Stopwatch.GetTimestamp();
        for (var (left, before) = (Unread(from), long.MaxValue);
            left > 0 && (left < before || Stopwatch.GetElapsedTime(since) < _longestCarrying);
            (left, before) = (Unread(from), left))
        {
            from.ForEach(m => carrier.Carry(m.Fd));
        }
    }

    private static long Unread(List<Member> members) => members.Sum(m => (long)SocketQueues.Of(m.Fd.Number).Unread);

    private long Account(Carrier carrier, Member to, long dropped)
    {
        if (dropped > 0)
        {
            SteeringLog.QueueFull(log, address, dropped);
        }

        _lost += carrier.Lost + dropped;
        _carried += carrier.Carried - dropped;
        _carriedBytes += carrier.CarriedBytes;
        to.Given = new GivenCounts(to.Given.Frames + carrier.Carried - dropped, to.Given.Bytes + carrier.CarriedBytes);
        return carrier.Carried - dropped;
    }

    /// <summary>Lets go of the sockets whose generations have left and are gone by now.</summary>
    private void Sweep()
    {
        foreach (var member in _members.FindAll(IsGone))
        {
            Empty(member);
        }

        while (_members.Find(m => IsGone(m) && m != Spare && CanClose(m)) is { } member)
        {
            CountConnections(member);
            _members.Remove(member);
            _ = ReusePort.Leave(member.Fd.Number, address.IsStream); // If it cannot be: with the last descriptor, which is mostly this one.
            _order.Leave(member);
            member.Dispose();
            Steer();
        }
    }

    private bool IsGone(Member member) => member.Departed && !(member.Generation is { } generation && runs(generation));

    /// <summary>Whether the program names the right ones also between the close of a socket and the next program.</summary>
    private bool CanClose(Member member) => _steering is not { } now || _order.CanLeave(member, now.Main, now.Candidate);

    /// <summary>Takes a member out of the group, as soon as its program is gone and that disturbs nobody.</summary>
    private void Remove(Member member)
    {
        member.Departed = true;
        Steer();
        Sweep();
    }

    /// <summary>What is still in the queue of a socket, and nobody will read, goes to whoever gets the traffic.</summary>
    private void Empty(Member member)
    {
        if (!address.IsStream && member.HasUnread && Target() is { } target && target != member)
        {
            Move([member], target);
        }
    }

    private void CountConnections(Member member)
    {
        var waiting = address.IsStream ? SocketQueues.Waiting(member.Fd.Number) : 0;
        if (waiting > 0 && !KernelMigrates())
        {
            _lost += waiting;
            SteeringLog.ConnectionsLost(log, waiting, address);
        }
    }

    private static bool KernelMigrates()
    {
        const string file = "/proc/sys/net/ipv4/tcp_migrate_req";
        return File.Exists(file) && File.ReadAllText(file).Trim() != "0";
    }
}

using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;

namespace Aeterna.Listeners.Steering;

/// <content>A generation binds, and listens.</content>
internal sealed partial class SteeredInput
{
    /// <inheritdoc/>
    public int Join(JoinCall call)
    {
        lock (_gate)
        {
            Sweep();
            if (Of(call.Generation) is { } own)
            {
                // It binds anew, in another process or after a close: its queue goes on. Or it has two on one address: those of a group of
                // its own read one queue, and otherwise the kernel gives all to the newest.
                if (call.IsFurther && Libc.GetOption(call.Socket.Number, Libc.SOL_SOCKET, Libc.SO_REUSEPORT) != 1)
                {
                    call.Displace(own.Inode);
                }

                call.Give(own.Fd.Number);
                return 0;
            }

            if (!MakeOneOwner(call))
            {
                return Errno.EADDRINUSE;
            }

            return Room is { } room ? GiveRoom(call, room) : Spare is { } spare ? GiveSpare(call, spare) : JoinGroup(call);
        }
    }

    /// <summary>Answers a listen(2): a TCP socket joins the group by it.</summary>
    public int Listen(int generation, int backlog)
    {
        lock (_gate)
        {
            Sweep();
            if (!address.IsStream || Of(generation) is not { } member)
            {
                return address.IsStream ? Errno.EINVAL : Errno.EOPNOTSUPP;
            }

            if (LibC.listen(member.Fd.Number, Backlog(backlog)) < 0)
            {
                return Errno.Last;
            }

            if (_order.IndexOf(member) < 0)
            {
                _order.Join(member);
                Steer();
            }

            return 0;
        }
    }

    /// <summary>
    /// Takes in a datagram socket that was bound, and is read, by a daemon that the engine has not started. It becomes a group by another one that joins it, and
    /// that the program keeps everything from; what came to that one before is carried to it.
    /// </summary>
    /// <param name="generation">By what number the daemon is known.</param>
    /// <param name="socket">A duplicate; the input's from here on.</param>
    /// <exception cref="LinuxException">The other one cannot be bound: EACCES, EPERM, EADDRINUSE, EMFILE.</exception>
    public void TakeIn(int generation, FileDescriptor socket)
    {
        lock (_gate)
        {
            var member = new Member(socket, generation);
            _members.Add(member);
            _order.Join(member);
            Libc.SetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
            var onlyFirst = SteeringProgram.Build(0, null, null);
            _ = TryAttach(socket, onlyFirst); // There is no group yet; but what the runtime has to do at the first time is done.
            var other = new Member(WaitingRoom.Open(address, socket, 0), null);
            ReusePort.Attach(socket.Number, onlyFirst);
            _members.Add(other);
            _order.Join(other);
            Widen(socket);
            _route = new Route(generation);
            Move([other], member);
            Remove(other);
        }
    }

    /// <summary>
    /// The daemon that was taken in goes on alone. While the kernel closes a socket of a group it can still be found when the group does not name it any more, and what finds
    /// it is lost: so the others get a peer first, from whom nothing will come, and what they have goes to the daemon.
    /// </summary>
    public void GiveBack(int generation)
    {
        lock (_gate)
        {
            if (Of(generation) is not { } daemon)
            {
                return;
            }

            _route = new Route(generation);
            Steer();
            List<Member> others = [.. _members.Where(m => m != daemon)];
            others.ForEach(m => PassingPeer.Give(m.Fd.Number, address.Endpoint!));
            Move(others, daemon);
        }
    }

    private static bool TryAttach(FileDescriptor socket, SockFilter[] program)
    {
        try
        {
            ReusePort.Attach(socket.Number, program);
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    private int Backlog(int asked) => Math.Max(asked, plan?.Backlog ?? LongestBacklog);

    private int GiveRoom(JoinCall call, Member room)
    {
        if (GiveIn(call, room))
        {
            _heir = room;
            Steer();
        }

        return 0;
    }

    private int GiveSpare(JoinCall call, Member spare)
    {
        if (GiveIn(call, spare))
        {
            spare.Departed = false;
        }

        return 0;
    }

    /// <summary>Puts a member's socket in the place of the caller's own. False when the caller died; nobody reads the answer.</summary>
    private bool GiveIn(JoinCall call, Member member)
    {
        SocketOptions.Copy(call.Socket.Number, member.Fd.Number);
        SocketOptions.CopyFlags(call.Socket.Number, member.Fd.Number);
        Widen(member.Fd);
        if (!call.Give(member.Fd.Number))
        {
            return false;
        }

        (member.Generation, member.Given) = (call.Generation, default);
        return true;
    }

    private int JoinGroup(JoinCall call)
    {
        var socket = call.Socket.Number;
        // A program may take the option away from its socket after bind(2), and with it the right of others to join.
        foreach (var member in _members)
        {
            Libc.SetOption(member.Fd.Number, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
        }

        Libc.SetOption(socket, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
        if (address.IsStream)
        {
            // Connections that are still open belong to whom the program became after its bind(2), and would be in the way.
            Libc.SetOption(socket, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
        }

        // The program in force stays right: the new socket gets an index that it does not name.
        var error = call.BindNow();
        if (error != 0)
        {
            return error;
        }

        var joined = new Member(Duplicate(call.Socket), call.Generation);
        _members.Add(joined);
        if (!address.IsStream)
        {
            Widen(joined.Fd);
            _order.Join(joined);
            Steer();
        }

        return 0;
    }

    /// <summary>
    /// Sockets share an address only as those of one user. That one is not the engine's, if any of them is another's: with a socket of root's
    /// a service could be taken for root where it connects it to. False: the engine may not give sockets away.
    /// </summary>
    private bool MakeOneOwner(JoinCall call)
    {
        var own = ReusePort.Owner(call.Socket.Number);
        foreach (var member in _members)
        {
            var present = ReusePort.Owner(member.Fd.Number);
            var given = present == own
                || (own == Libc.geteuid() ? ReusePort.TryGiveTo(call.Socket.Number, present) : ReusePort.TryGiveTo(member.Fd.Number, own));
            if (!given)
            {
                SteeringLog.OtherUser(log, address, call.Generation, own, present);
                return false;
            }

            own = ReusePort.Owner(call.Socket.Number);
        }

        return true;
    }

    private static FileDescriptor Duplicate(FileDescriptor socket) =>
        FileDescriptor.Duplicate(socket.Number);

    private void Widen(FileDescriptor socket)
    {
        // The kernel doubles what it is asked for, and tells the double (socket(7)).
        var wanted = plan?.ReceiveBuffer ?? DefaultReceiveBuffer;
        if (address.IsStream || Libc.GetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF) / 2 >= wanted)
        {
            return;
        }

        if (!Libc.SetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, wanted))
        {
            Libc.SetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF, wanted);
        }

        var got = (Libc.GetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF) ?? 0) / 2;
        if (plan?.ReceiveBuffer is not null && got < wanted)
        {
            SteeringLog.SmallBuffer(log, address, wanted, got);
        }
    }
}

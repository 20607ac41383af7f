using Aeterna.Linux;
using Aeterna.Listeners.Traffic;

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
        new(Errno.ThrowIfFailed(LibC.fcntl(socket.Number, Libc.F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC)"));

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

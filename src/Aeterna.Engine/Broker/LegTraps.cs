using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Broker;

/// <summary>
/// What a program asks of, or sets on, a relayed connection or listener as a TCP socket: it is answered from the client's connection, or
/// from the held socket. For any thread.
/// </summary>
internal sealed class LegTraps(ListenerTable listeners, LegTable legs)
{
    private const uint LongestOption = 4096;

    public Answer Close(Caller caller)
    {
        // The relay's own hold on the connection must go first, or the client would not see the end of it.
        var number = (uint)caller.Argument(0);
        if (legs.HasAny((int)number)) // At no cost where it is none: some programs close all numbers that there may be.
        {
            legs.Close(caller.Process, number, number);
        }

        return Answer.Untouched;
    }

    public Answer CloseRange(Caller caller)
    {
        const uint CLOSE_RANGE_UNSHARE = 2;
        const uint CLOSE_RANGE_CLOEXEC = 4;
        if (((uint)caller.Argument(2) & (CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) == 0)
        {
            legs.Close(caller.Process, (uint)caller.Argument(0), Math.Min((uint)caller.Argument(1), int.MaxValue));
        }

        return Answer.Untouched;
    }

    public Answer Getpeername(Caller caller) =>
        legs.Find(caller.Process, caller.IntArgument(0)) is { } leg
            ? Answer.Of(caller.WriteAddress(caller.Argument(1), caller.Argument(2), leg.PeerAddress))
            : Answer.Untouched;

    public Answer Getsockname(Caller caller)
    {
        var address = legs.Find(caller.Process, caller.IntArgument(0)) is { } leg ? leg.LocalAddress
            : Side(caller) is { } side ? Libc.LocalName(side.Public.Number)
            : null;
        return address is null ? Answer.Untouched : Answer.Of(caller.WriteAddress(caller.Argument(1), caller.Argument(2), address));
    }

    public Answer Getsockopt(Caller caller)
    {
        if (!TryFind(caller, out var socket) || caller.Read(caller.Argument(4), sizeof(int)) is not { } room)
        {
            return Answer.Untouched;
        }

        if (!PassedOptions.MayRead(caller.IntArgument(1), caller.IntArgument(2)))
        {
            return Answer.Of(Errno.ENOPROTOOPT);
        }

        var value = new byte[Math.Clamp(BitConverter.ToInt32(room), 0, (int)LongestOption)];
        var length = socket?.Use(fd => Libc.GetOption(fd, caller.IntArgument(1), caller.IntArgument(2), value));
        return length is null ? Answer.Of(Errno.ENOPROTOOPT)
            : length < 0 ? Answer.Of(Errno.Last)
            : caller.Write(caller.Argument(3), value.AsSpan(0, length.Value)) && caller.Write(caller.Argument(4), BitConverter.GetBytes(length.Value)) ? Answer.Done
            : Answer.Of(Errno.EFAULT);
    }

    public Answer Setsockopt(Caller caller)
    {
        var (level, name) = (caller.IntArgument(1), caller.IntArgument(2));
        if ((level == Libc.SOL_SOCKET && name != Libc.SO_KEEPALIVE) || !TryFind(caller, out var socket))
        {
            return Answer.Untouched;
        }

        if (!PassedOptions.MaySet(level, name))
        {
            return Answer.Of(Errno.EPERM);
        }

        if ((uint)caller.Argument(4) is not (var size and <= LongestOption) || caller.Read(caller.Argument(3), (int)size) is not { } value)
        {
            return Answer.Of(Errno.EFAULT);
        }

        // Keepalive on its own descriptor too, where it is read back.
        var error = socket?.Use(fd => Libc.SetOption(fd, level, name, value.AsSpan()) ? 0 : Errno.Last) ?? 0;
        return error == 0 && level == Libc.SOL_SOCKET ? Answer.Untouched : Answer.Of(error);
    }

    /// <summary>Whether the program means a relayed connection or listener, and the socket behind it: the client's connection (null when that has ended) or the held socket.</summary>
    private bool TryFind(Caller caller, out FileDescriptor? socket)
    {
        if (legs.Find(caller.Process, caller.IntArgument(0)) is { } leg)
        {
            socket = leg.Client;
            return true;
        }

        socket = Side(caller)?.Public;
        return socket is not null;
    }

    private IRelaySide? Side(Caller caller) => caller.SocketInode(caller.IntArgument(0)) is { } inode ? listeners.FindSide(inode) : null;
}

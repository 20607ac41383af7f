using Aeterna.Linux;
using Aeterna.Listeners;

using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Broker;

/// <summary>
/// A socket that was bound under a name in passing, one of chance or with the process's own id in it, and is then renamed: to clients, and for the
/// generations that come, it is as if it were bound there at that moment. So it is held under that name from then on, or the one that is held by
/// it is put in its place.
/// </summary>
internal sealed class Adoption(BrokerSubject subject, ListenerTable listeners, OwnNames names, ILogger log)
{
    /// <summary>Whether a last name may be such a socket's that is not held: a cheap question before the others.</summary>
    public bool HasName(string? name) => names.HasName(name);

    /// <summary>Answers a rename(2) without flags; null when it is of nothing of the kind.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="from">What is to be renamed.</param>
    /// <param name="to">Where to.</param>
    /// <param name="path">What to call that place.</param>
    public Answer? Rename(Caller caller, FilePlace from, FilePlace to, string path)
    {
        if (from.Where == to.Where || Find(from) is not { } found)
        {
            return null;
        }

        using var socket = found.Socket;
        var key = new SocketKey(new(found.Scheme, null, path), false, "", 0);
        if (OwnNames.IsOne(key.Address, found.Process))
        {
            names.Note(new OwnName(to.Where, found.Scheme, found.Process, found.Inode));
            return null;
        }

        return subject.Service.Holds(key.Address) ? Adopt(caller, found, key, from, to) : null;
    }

    private Answer? Adopt(Caller caller, PassingSocket own, SocketKey key, FilePlace from, FilePlace to)
    {
        // A child of the one that bound it may have it too, or not: then nothing can be put in its place.
        var (socket, listens) = (own.Socket, Libc.GetOption(own.Socket.Number, Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN) == 1);
        using var exchange = SocketExchange.For(caller, socket, listeners.IsHeld, log);
        if (exchange is null && (listeners.IsHeldPath(to) || subject.Service.HandoffOf(key.Address) == Handoff.Relay))
        {
            return Answer.Of(Errno.EBUSY);
        }

        var error = listeners.Bind(new BindCall
        {
            Generation = subject.Generation,
            Service = subject.Service,
            Key = key,
            Place = to,
            Rights = caller.Rights,
            Socket = socket,
            BindNow = () => caller.InItsPlace("/", () => from.Rename(to, 0)),
            Give = ours => exchange?.Give(ours) == true,
            Process = exchange is null ? own.Process : caller.Process,
            Number = exchange?.Number ?? socket.Number,
            MainProcess = subject.MainProcess,
            Passing = own.Inode,
            WhichAreOpen = _ => [], // One that it has by this path already is to be replaced, and no reason to refuse.
        });
        if (error is null || (error is Errno.EACCES or Errno.EPERM && !caller.SharesUsers))
        {
            return null; // As at a bind(2).
        }

        error = error == 0 ? exchange?.Finish() ?? 0 : error;
        if (error != 0)
        {
            return Answer.Of(error.Value);
        }

        if (from.Socket() is not null)
        {
            _ = caller.InItsPlace("/", from.Remove); // It got the held socket, and its own one is of no use any more.
        }

        if (listens && (exchange is null ? own.Inode : caller.SocketInode(exchange.Number)) is { } inode)
        {
            error = listeners.Listen(subject.Generation, inode, 0) ?? 0;
        }

        return Answer.Of(error.Value);
    }

    private PassingSocket? Find(FilePlace from) =>
        names.Find(from) is { } own
            ? Duplicate(own) is { } socket ? new PassingSocket(own.Scheme, own.Process, own.Inode, socket) : null
            : listeners.FindPassing(subject.Generation, from);

    /// <summary>A duplicate of it, if it is open, and was bound indeed.</summary>
    private static FileDescriptor? Duplicate(OwnName own)
    {
        using var process = PidFd.TryOpen(own.Process);
        foreach (var number in process is null ? [] : SocketTraces.Of(own.Process, own.Inode).Numbers)
        {
            try
            {
                var socket = PidFd.GetFd(process!, number);
                if (ProcFs.SocketInode(Environment.ProcessId, socket.Number) == own.Inode && IsBoundAs(socket, own.Where.Name))
                {
                    return socket;
                }

                socket.Dispose();
            }
            catch (LinuxException e) when (e.Number is Errno.EBADF or Errno.ESRCH)
            {
                // It has just been closed.
            }
        }

        return null;
    }

    private static bool IsBoundAs(FileDescriptor socket, string name) =>
        Libc.LocalName(socket.Number) is { } address && SockAddr.ReadUnix(address) is { } path && Path.GetFileName(path) == name;
}

using System.Globalization;
using Aeterna.Broker;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Outside;
using Aeterna.Machine.Plans;

namespace Aeterna.Generations.Outside;

/// <summary>Finds the sockets of a daemon at which clients reach it: those that listen, and the bound ones of datagrams.</summary>
/// <param name="pids">Its processes, the main one first.</param>
/// <param name="service">What the configuration runs.</param>
internal sealed class OutsideFinder(IReadOnlyList<int> pids, ServicePlan service)
{
    private const int IPPROTO_DCCP = 33;
    private const int IPPROTO_SCTP = 132;
    private const int IPPROTO_MPTCP = 262;
    private const string SharedInstead = "give it handoff: shared under service.listeners, or stop the daemon and use aeterna start";

    // The kernel gives a client's datagram socket a name of five digits, or a port of this range.
    private const int ChosenName = 6;
    private static readonly (int First, int Last) _chosenPorts = ChosenPorts();

    private readonly List<OutsideSocket> _found = [];
    private readonly HashSet<ulong> _seen = [];

    /// <summary>All of them; the caller's.</summary>
    /// <exception cref="OutsideException">One cannot be held, or there is none.</exception>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public IReadOnlyList<OutsideSocket> Find()
    {
        try
        {
            foreach (var pid in pids)
            {
                using var process = PidFd.TryOpen(pid);
                foreach (var number in (process is null ? [] : ProcFs.Descriptors(pid)).Order())
                {
                    if (ProcFs.SocketInode(pid, number) is { } inode && _seen.Add(inode))
                    {
                        Look(process!, pid, number);
                    }
                }
            }

            if (_found.Count == 0)
            {
                throw new OutsideException("it has no socket at which clients reach it (aeterna start starts the service without one)");
            }

            KeepNames();
            return _found;
        }
        catch
        {
            _found.ForEach(s => s.Dispose());
            throw;
        }
    }

    private void Look(FileDescriptor process, int pid, int number)
    {
        FileDescriptor? socket = null;
        try
        {
            socket = PidFd.GetFd(process, number);
            if (KeyOf(socket, pid) is { } key)
            {
                Check(socket, key);
                var place = key.Address.IsUnixPath ? PlaceOf(key.Address, pid, socket) : null;
                _found.Add(new OutsideSocket(socket, key with { Ordinal = _found.Count(s => s.Key with { Ordinal = 0 } == key) }, new SocketSeen(pid, number), place));
                socket = null;
            }
        }
        catch (LinuxException e) when (e.Number is Errno.EBADF or Errno.ESRCH)
        {
            // It has just been closed.
        }
        finally
        {
            socket?.Dispose();
        }
    }

    /// <summary>What it is bound to; null when no client reaches it: a connection, one that is bound to nothing, a client's own.</summary>
    private SocketKey? KeyOf(FileDescriptor socket, int pid)
    {
        var accepts = Libc.GetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN) == 1;
        var protocol = Libc.GetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_PROTOCOL);
        if (accepts && protocol is IPPROTO_DCCP or IPPROTO_SCTP or IPPROTO_MPTCP)
        {
            throw new OutsideException(string.Create(CultureInfo.InvariantCulture,
                $"it listens on a socket of protocol {protocol}, which cannot be held (turn that off, or stop the daemon and use aeterna start)"));
        }

        if (SocketKey.Of(socket.Number, Libc.LocalName(socket.Number)) is not { } key || key.Address.IsStream != accepts || (!accepts && Libc.HasPeer(socket.Number)))
        {
            return null;
        }

        if (key.Address.IsUnixPath && !key.Address.Path!.StartsWith('/'))
        {
            key = key with { Address = key.Address with { Path = Path.GetFullPath(key.Address.Path, ProcFs.WorkingDirectory(pid) ?? "/") } };
        }

        return IsClients(key.Address) || OwnNames.IsOne(key.Address, pid) || !service.Holds(key.Address) ? null : key;
    }

    private bool IsClients(ListenerAddress address) => !address.IsStream && service.Listeners.All(l => l.Address != address) && address switch
    {
        { Endpoint.Port: var port } => port >= _chosenPorts.First && port <= _chosenPorts.Last,
        { Path: { Length: ChosenName } path } => path.StartsWith('@') && path.Skip(1).All(char.IsAsciiHexDigitLower),
        _ => false,
    };

    private void Check(FileDescriptor socket, SocketKey key)
    {
        var (address, handoff) = (key.Address, service.HandoffOf(key.Address));
        var isTcp = address is { IsStream: true, Endpoint: not null };
        Refuse(handoff == Handoff.Steered && address.IsStream, $"{address} is steered, which a TCP socket that is open already cannot become ({SharedInstead})");
        Refuse(handoff == Handoff.Steered && _found.Any(s => s.Key with { Ordinal = 0 } == key), $"it has {address} open more than once, and is to be steered there ({SharedInstead})");
        Refuse(handoff == Handoff.Relay && address.IsStream && !isTcp, $"{address} is relayed, and what comes to a stream of unix sockets cannot be held back from a daemon ({SharedInstead})");
        Refuse(
            handoff == Handoff.Relay && isTcp && (LibC.fcntl(socket.Number, Libc.F_GETFL, 0) & Libc.O_NONBLOCK) == 0,
            $"{address} is relayed, and the daemon's socket waits in accept(2), as the engine's may not ({SharedInstead})");
        Refuse(isTcp && SocketFilter.IsOn(socket.Number), $"{address} has a packet filter of the daemon's own (stop the daemon and use aeterna start)");
    }

    /// <summary>Where the file of a unix socket is, which has to be this very one's for the engine and for clients.</summary>
    private static FilePlace PlaceOf(ListenerAddress address, int pid, FileDescriptor socket)
    {
        var elsewhere = $"{address} is not at that path for the engine, or another program's by now (start the engine where the daemon sees its files, or restart the daemon)";
        FilePlace? place = null;
        try
        {
            place = ProcFs.Link(pid, "root") == "/" ? FilePlace.Resolve(UnixFiles.AT_FDCWD, address.Path!) : null;
        }
        catch (LinuxException)
        {
            // It leads nowhere.
        }

        var inode = ProcFs.SocketInode(Environment.ProcessId, socket.Number);
        if (place?.Socket() is null || UnixTable.At(SockAddr.ReadUnix(Libc.LocalName(socket.Number))!, !address.IsStream) is not [var only] || only != inode)
        {
            place?.Dispose();
            throw new OutsideException(elsewhere);
        }

        return place;
    }

    // Daemons remove the names of their sockets when they end.
    private void KeepNames()
    {
        foreach (var (path, place) in _found.Where(s => s.Place is not null).Select(s => (s.Key.Address.Path!, s.Place!)))
        {
            try
            {
                using var mount = BindMount.Of(place);
                if (!mount.IsSeenBy(pids[0]))
                {
                    throw new OutsideException($"{path} cannot be kept when it ends and removes it: it sees files through mounts of its own (PrivateMounts or the like in its unit; stop the daemon and use aeterna start)");
                }
            }
            catch (LinuxException e)
            {
                throw new OutsideException($"{path} cannot be kept when it ends and removes it: {e.Call}: {Errno.Text(e.Number).ToLowerInvariant()} (run the engine as root with CAP_SYS_ADMIN)");
            }
        }
    }

    private static (int First, int Last) ChosenPorts() =>
        ProcThreads.Text("/proc/sys/net/ipv4/ip_local_port_range")?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var first, var last]
            ? (int.Parse(first, CultureInfo.InvariantCulture), int.Parse(last, CultureInfo.InvariantCulture))
            : (32_768, 60_999);

    private static void Refuse(bool when, string why)
    {
        if (when)
        {
            throw new OutsideException(why);
        }
    }
}

using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners.Outside;

/// <summary>See <see cref="IOutsideSockets"/>. Owns what was found; the held sockets are the table's.</summary>
/// <param name="table">Where they are held.</param>
/// <param name="sockets">The sockets as they were found.</param>
/// <param name="pids">The daemon's processes.</param>
internal sealed class OutsideSockets(ListenerTable table, IReadOnlyList<OutsideSocket> sockets, Func<IReadOnlyList<int>> pids) : IOutsideSockets
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _ports = sockets.Where(s => s.AcceptsTcp).Select(s => s.Key.Address.Endpoint!.Port).ToHashSet();
    private bool _isOver;

    /// <inheritdoc/>
    public bool AllDirected { get; init; }

    /// <inheritdoc/>
    public bool AnyDirected { get; init; }

    /// <inheritdoc/>
    public bool TakesDatagrams { get; } = sockets.Any(s => s.Key.Address.Scheme == ListenerScheme.Unixgram);

    /// <inheritdoc/>
    public IReadOnlySet<ulong> Connections()
    {
        var served = _ports.Count == 0 ? new HashSet<ulong>() : ServedConnections.On(_ports);
        return served.Count == 0 ? served : pids().SelectMany(ProcFs.Sockets).Where(served.Contains).ToHashSet();
    }

    /// <inheritdoc/>
    public int Waiting() => Open(() => Tcp().Sum(s => SocketQueues.Waiting(s.Socket.Number)), 0);

    /// <inheritdoc/>
    public bool HasUnread()
    {
        var unread = false;
        Each(Connections(), connection => unread |= Libc.Unread(connection.Number) > 0);
        return unread;
    }

    /// <inheritdoc/>
    public void Shut() => Open(() => Filter(s => SocketFilter.Attach(s.Socket.Number, SocketFilter.Nothing)), 0);

    /// <inheritdoc/>
    public void Dam() => Each(Connections(), connection => SocketFilter.Attach(connection.Number, SocketFilter.NoBytes));

    /// <inheritdoc/>
    public void Reopen()
    {
        Each(Connections(), connection => SocketFilter.Detach(connection.Number));
        OpenDoor();
    }

    /// <inheritdoc/>
    public bool IsServed()
    {
        var inodes = sockets.Select(s => s.Inode).ToHashSet();
        return pids().SelectMany(ProcFs.Sockets).Any(inodes.Contains);
    }

    /// <inheritdoc/>
    public IDisposable KeepNames() => new Mounts(sockets.Select(s => s.Place).OfType<FilePlace>());

    /// <inheritdoc/>
    public void TakeOver()
    {
        table.TakeOver();
        OpenDoor();
    }

    /// <inheritdoc/>
    public void GiveBack()
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                table.LetGo();
                foreach (var socket in sockets)
                {
                    socket.PutBack();
                }
            }
        }

        Dispose();
    }

    /// <summary>Closes the duplicates. The sockets stay as they are.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (var socket in sockets)
            {
                socket.Dispose();
            }
        }
    }

    private void OpenDoor() => Open(() => Filter(s => SocketFilter.Detach(s.Socket.Number)), 0);

    private IEnumerable<OutsideSocket> Tcp() => sockets.Where(s => s.AcceptsTcp);

    private int Filter(Action<OutsideSocket> each)
    {
        foreach (var socket in Tcp())
        {
            each(socket);
        }

        return 0;
    }

    private T Open<T>(Func<T> action, T closed)
    {
        lock (_gate)
        {
            return _isOver ? closed : action();
        }
    }

    // A duplicate is kept no longer than this takes: it would hide the daemon's close from the client.
    private void Each(IReadOnlySet<ulong> wanted, Action<FileDescriptor> action)
    {
        HashSet<ulong> left = [.. wanted];
        foreach (var pid in left.Count == 0 ? [] : pids())
        {
            using var process = PidFd.TryOpen(pid);
            foreach (var number in process is null ? [] : ProcFs.Descriptors(pid))
            {
                if (ProcFs.SocketInode(pid, number) is { } inode && left.Remove(inode))
                {
                    One(process!, number, inode, action);
                }
            }
        }
    }

    private static void One(FileDescriptor process, int number, ulong inode, Action<FileDescriptor> action)
    {
        try
        {
            using var connection = PidFd.GetFd(process, number);
            if (ProcFs.SocketInode(Environment.ProcessId, connection.Number) == inode)
            {
                action(connection);
            }
        }
        catch (LinuxException e) when (e.Number is Errno.EBADF or Errno.ESRCH)
        {
            // It has just been closed.
        }
    }

    private sealed class Mounts : IDisposable
    {
        private readonly List<BindMount> _mounts = [];

        public Mounts(IEnumerable<FilePlace> places)
        {
            try
            {
                foreach (var place in places)
                {
                    _mounts.Add(BindMount.Of(place));
                }
            }
            catch (LinuxException)
            {
                Dispose();
                throw;
            }
        }

        public void Dispose() => _mounts.ForEach(m => m.Dispose());
    }
}

using Aeterna.Linux;

namespace Aeterna.Listeners.Outside;

/// <summary>
/// A socket of a daemon that the engine has not started, as it was found. The daemon has it all the time: what is done to it is put back if the daemon keeps it.
/// Owns a duplicate.
/// </summary>
internal sealed class OutsideSocket : IDisposable
{
    private readonly IReadOnlyList<(SocketTrait Trait, byte[]? Value)> _traits;
    private readonly int? _receiveBuffer;
    private readonly bool _sharesPort;
    private readonly uint _owner;
    private bool _isDisposed;

    /// <param name="socket">The duplicate.</param>
    /// <param name="key">What it is bound to, its path as the engine sees it.</param>
    /// <param name="seen">Who has it.</param>
    /// <param name="place">Where its file is; null for a socket without one. Owned from here on.</param>
    public OutsideSocket(FileDescriptor socket, SocketKey key, SocketSeen seen, FilePlace? place)
    {
        (Socket, Key, Seen, Place) = (socket, key, seen, place);
        Inode = ProcFs.SocketInode(Environment.ProcessId, socket.Number) ?? throw new LinuxException("readlink(/proc/self/fd)", Errno.EBADF);
        Backlog = key.Address.IsStream ? SocketQueues.Room(socket.Number) : null;
        _traits = [.. SocketTraits.Options.Concat(SocketTraits.OfTheFile).Select(t => (t, t.Read(socket.Number)))];
        _receiveBuffer = key.Address.IsStream ? null : Libc.GetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF);
        _sharesPort = Libc.GetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_REUSEPORT) == 1;
        _owner = ReusePort.Owner(socket.Number);
    }

    public FileDescriptor Socket { get; }

    public SocketKey Key { get; set; }

    public SocketSeen Seen { get; }

    public FilePlace? Place { get; }

    public ulong Inode { get; }

    /// <summary>The length of its accept queue; null: the kernel does not say, or it has none.</summary>
    public int? Backlog { get; }

    /// <summary>A TCP socket that accepts connections.</summary>
    public bool AcceptsTcp => Key.Address is { IsStream: true, Endpoint: not null };

    /// <summary>A duplicate for somebody else.</summary>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public FileDescriptor Copy() => FileDescriptor.Duplicate(Socket.Number);

    /// <summary>Makes it what it was. What is the daemon's own change since then, of these options, is undone with it: daemons set them once.</summary>
    public void PutBack()
    {
        var socket = Socket.Number;
        SocketFilter.Detach(socket);
        if (!_sharesPort && Libc.GetOption(socket, Libc.SOL_SOCKET, Libc.SO_REUSEPORT) == 1)
        {
            ReusePort.Detach(socket);
            Libc.SetOption(socket, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 0);
        }

        if (_receiveBuffer is { } bytes && Libc.GetOption(socket, Libc.SOL_SOCKET, Libc.SO_RCVBUF) != bytes)
        {
            Libc.SetOption(socket, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, bytes / 2); // The kernel doubles what it is asked for (socket(7)).
            Libc.SetOption(socket, Libc.SOL_SOCKET, Libc.SO_RCVBUF, bytes / 2);
        }

        foreach (var (trait, value) in _traits)
        {
            if (value is not null && trait.Read(socket) is { } now && !value.AsSpan().SequenceEqual(now))
            {
                trait.TrySet(socket, value);
            }
        }

        if (Backlog is { } backlog && SocketQueues.Room(socket) != backlog)
        {
            _ = LibC.listen(socket, backlog);
        }

        if (ReusePort.Owner(socket) != _owner)
        {
            _ = ReusePort.TryGiveTo(socket, _owner);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            Socket.Dispose();
            Place?.Dispose();
        }
    }
}

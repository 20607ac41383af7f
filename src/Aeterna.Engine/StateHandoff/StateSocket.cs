using System.Net.Sockets;
using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>The listening socket at <c>socket_path</c>, mode 0600. Removes its path in the end if it is still its own.</summary>
internal sealed class StateSocket : IDisposable
{
    private const int Backlog = 16;

    private readonly SocketFile _file;

    private StateSocket(string path, Socket socket, SocketFile file) => (Path, Socket, _file) = (path, socket, file);

    public string Path { get; }

    public Socket Socket { get; }

    /// <summary>Listens. The socket file of a dead engine is replaced, one that somebody listens on is not.</summary>
    /// <param name="path">Where.</param>
    /// <param name="owner">User and group that may connect besides the engine's own; null: nobody.</param>
    /// <exception cref="SrpException">It cannot be had.</exception>
    public static StateSocket Open(string path, (uint Uid, uint Gid)? owner)
    {
        FileDescriptor? socket = null;
        SocketFile? file = null;
        try
        {
            socket = new FileDescriptor(Errno.ThrowIfFailed(LibC.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0), "socket"));
            file = SocketFile.Bind(socket, path, owner);
            var listening = new Socket(new SafeSocketHandle(socket.Number, ownsHandle: true));
            socket.SetHandleAsInvalid();
            listening.Listen(Backlog);
            return new StateSocket(path, listening, file);
        }
        catch (Exception e) when (e is IOException or LinuxException or SocketException)
        {
            file?.Remove();
            file?.Dispose();
            socket?.Dispose();
            throw new SrpException($"cannot listen on {path}: {e.Message} (state_handoff.socket_path can name another path)", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Remove();
        _file.Dispose();
        Socket.Dispose();
    }
}

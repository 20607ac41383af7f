using System.Net.Sockets;
using Aeterna.Linux;

namespace Aeterna.StateRelay;

/// <summary>The listening socket at <c>socket_path</c>, mode 0600. Removes its path in the end if it is still its own.</summary>
internal sealed class StateSocket : IDisposable
{
    private const int Backlog = 16;

    private readonly ulong _inode;

    private StateSocket(string path, Socket socket, ulong inode) => (Path, Socket, _inode) = (path, socket, inode);

    public string Path { get; }

    public Socket Socket { get; }

    /// <summary>Listens. The socket file of a dead engine is replaced, one that somebody listens on is not.</summary>
    /// <param name="path">Where.</param>
    /// <param name="owner">User and group that may connect besides the engine's own; null: nobody.</param>
    /// <exception cref="SrpException">It cannot be had.</exception>
    public static StateSocket Open(string path, (uint Uid, uint Gid)? owner)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            MakeWay(path);
            socket.Bind(new UnixDomainSocketEndPoint(path));

            // Nobody can connect before listen(2), so no one gets in with the mode that the umask left.
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (owner is { } user && Libc.chown(path, user.Uid, user.Gid) < 0)
            {
                throw new IOException($"chown: {Errno.Text(Errno.Last)}");
            }

            socket.Listen(Backlog);
            return new StateSocket(path, socket, FileStatus.Of(path)?.Inode ?? 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
        {
            socket.Dispose();
            throw new SrpException($"cannot listen on {path}: {e.Message} (state_handoff.socket_path can name another path)", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            if (FileStatus.Of(Path)?.Inode == _inode)
            {
                File.Delete(Path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its folder is out of reach: a stale file is replaced by the next engine.
        }

        Socket.Dispose();
    }

    private static void MakeWay(string path)
    {
        if (FileStatus.Of(path) is not { } there)
        {
            return;
        }

        if (!there.IsSocket)
        {
            throw new IOException("there is something else than a socket");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException)
        {
            // Its queue is full: somebody lives there.
        }

        throw new IOException("another process listens on it");
    }
}

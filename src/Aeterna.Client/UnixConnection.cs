using System.Net.Sockets;

namespace Aeterna.Client;

/// <summary>Connects to a unix socket.</summary>
internal static class UnixConnection
{
    // <asm-generic/socket.h>; a struct ucred begins with the process.
    private const int SOL_SOCKET = 1;
    private const int SO_PEERCRED = 17;
    private const int UcredBytes = 12;

    /// <summary>The process that listens there, by its number here (unix(7), SO_PEERCRED); null when nobody can tell.</summary>
    public static int? Listener(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            Span<byte> peer = stackalloc byte[UcredBytes];
            return socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, peer) == UcredBytes ? BitConverter.ToInt32(peer) : null;
        }
        catch (Exception e) when (e is SocketException or ArgumentException or PlatformNotSupportedException)
        {
            return null; // Its queue is full, or this is no Linux.
        }
    }

    public static async ValueTask<Stream> Open(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

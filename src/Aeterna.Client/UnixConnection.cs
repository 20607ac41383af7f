using System.Net.Sockets;

namespace Aeterna.Client;

/// <summary>Connects to a unix socket.</summary>
internal static class UnixConnection
{
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

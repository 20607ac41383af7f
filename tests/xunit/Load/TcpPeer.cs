using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Aeterna.Tests.Load;

/// <summary>A TCP server that treats each connection in the same way.</summary>
internal sealed class TcpPeer : IDisposable
{
    private readonly ConcurrentBag<Socket> _accepted = [];
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public TcpPeer(Func<Socket, Task>? serve = null, int backlog = 512)
    {
        _listener.ReceiveBufferSize = 64 * 1024;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _listener.Listen(backlog);
        if (serve is not null)
        {
            _ = Accept(serve);
        }
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Everything that was received, one entry per connection.</summary>
    public ConcurrentQueue<byte[]> Received { get; } = new();

    /// <summary>An address that refuses, for as long as the socket is held: bound, and not listening.</summary>
    public static Socket Refusing(ProtocolType protocol)
    {
        var socket = new Socket(
            AddressFamily.InterNetwork, protocol == ProtocolType.Tcp ? SocketType.Stream : SocketType.Dgram, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    /// <summary>Reads to the end, then closes.</summary>
    public async Task ReadAll(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;)
        {
            all.Write(buffer, 0, read);
        }

        Received.Enqueue(all.ToArray());
        socket.Dispose();
    }

    /// <summary>Reads something, then resets the connection.</summary>
    public static async Task Reset(Socket socket)
    {
        await socket.ReceiveAsync(new byte[1]);
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var socket in _accepted)
        {
            socket.Dispose();
        }
    }

    private async Task Accept(Func<Socket, Task> serve)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                _accepted.Add(socket);
                _ = serve(socket);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }
}

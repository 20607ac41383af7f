using System.Net.Sockets;
using System.Text;

using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>A program as the relay sees it.</summary>
internal sealed class Generation(int number, IRelaySide side, FileDescriptor listener) : IDisposable
{
    private readonly List<Connection> _connections = [];

    public int Number { get; } = number;

    public IRelaySide Side { get; } = side;

    /// <summary>The program's own descriptor of its listening socket.</summary>
    public FileDescriptor Listener { get; } = listener;

    /// <summary>Accepts as a program does, through the broker.</summary>
    public async Task<Connection> Accept()
    {
        Connection? connection = null;
        await Temp.Until(() => (connection = TryAccept()) is not null, $"generation {Number} can accept");
        return connection!;
    }

    public Connection? TryAccept()
    {
        if (Side.TryAccept() is not { } leg)
        {
            return null;
        }

        var connection = new Connection(leg);
        _connections.Add(connection);
        return connection;
    }

    /// <summary>The process is no more: the kernel has closed what it had, and nobody was told.</summary>
    public void Dispose()
    {
        _connections.ForEach(c => c.Socket.Dispose());
        Listener.Dispose();
    }
}

/// <summary>A connection as a program has it.</summary>
internal sealed class Connection(IRelayLeg leg)
{
    public IRelayLeg Leg { get; } = leg;

    public Socket Socket { get; } = new(new SafeSocketHandle(
        (nint)Errno.ThrowIfFailed(LibC.fcntl(leg.End.Number, Libc.F_DUPFD_CLOEXEC, 0), "fcntl"), ownsHandle: true));

    public Task<string> Read(int bytes) => Streams.Read(Socket, bytes);

    public Task<string> ReadToEnd() => Streams.ReadToEnd(Socket);

    public void Write(string text) => Socket.Send(Encoding.Latin1.GetBytes(text));

    /// <summary>close(2), as the broker traps it.</summary>
    public void Close()
    {
        Leg.Closing(Environment.ProcessId);
        Socket.Dispose();
    }
}

/// <summary>A client.</summary>
internal sealed class Client(Socket socket) : IDisposable
{
    public Socket Socket { get; } = socket;

    public void Write(string text) => Socket.Send(Encoding.Latin1.GetBytes(text));

    public Task<string> Read(int bytes) => Streams.Read(Socket, bytes);

    public Task<string> ReadToEnd() => Streams.ReadToEnd(Socket);

    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Dispose();
    }

    public void Dispose() => Socket.Dispose();
}

/// <summary>Reading with a limit of time.</summary>
internal static class Streams
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    public static async Task<string> Read(Socket socket, int bytes)
    {
        var buffer = new byte[bytes];
        for (var at = 0; at < bytes;)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(at)).AsTask().WaitAsync(_limit);
            Assert.True(count > 0, $"it ended after {at} of {bytes} bytes: {Encoding.Latin1.GetString(buffer, 0, at)}");
            at += count;
        }

        return Encoding.Latin1.GetString(buffer);
    }

    public static async Task<string> ReadToEnd(Socket socket)
    {
        var all = new MemoryStream();
        var buffer = new byte[65536];
        while (await socket.ReceiveAsync(buffer).WaitAsync(_limit) is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>What is there at this moment.</summary>
    public static int Available(Socket socket) => Libc.Unread((int)socket.Handle);
}

using System.Net;
using System.Net.Sockets;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Outside;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Listeners;

/// <summary>What keeps clients from a daemon for a moment. The daemon is this process, with one listening socket.</summary>
public sealed class OutsideSocketsTests : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly Rig _rig = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly OutsideSockets _sockets;

    public OutsideSocketsTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        var number = (int)_listener.Handle;
        var copy = new FileDescriptor(Errno.ThrowIfFailed(LibC.fcntl(number, Libc.F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC)"));
        var found = new OutsideSocket(copy, SocketKey.Of(number, Libc.LocalName(number))!, new SocketSeen(Environment.ProcessId, number), null);
        _sockets = new OutsideSockets(_rig.Listeners, [found], () => [Environment.ProcessId]);
    }

    public async ValueTask DisposeAsync()
    {
        _sockets.Dispose();
        _client.Dispose();
        _listener.Dispose();
        await _rig.DisposeAsync();
    }

    [Fact]
    public async Task Behind_a_shut_door_nobody_connects_and_nobody_is_refused()
    {
        _sockets.Shut();
        var connecting = _client.ConnectAsync(_listener.LocalEndPoint!);
        await Temp.Until(() => connecting.IsCompleted || Retransmission.IsUnderWay(_client), "it tries again");
        Assert.False(connecting.IsCompleted);
        Assert.Equal(0, _sockets.Waiting());

        _sockets.Reopen();

        await connecting.WaitAsync(_patience);
        Assert.Equal(1, _sockets.Waiting());
    }

    [Fact]
    public async Task When_the_engine_serves_the_door_is_open()
    {
        _sockets.Shut();
        _sockets.TakeOver();
        await _client.ConnectAsync(_listener.LocalEndPoint!).WaitAsync(_patience);
    }

    [Fact]
    public async Task Behind_a_dam_a_connection_gets_nothing_and_loses_nothing()
    {
        await _client.ConnectAsync(_listener.LocalEndPoint!);
        using var server = await _listener.AcceptAsync();
        Assert.Equal([ProcFs.SocketInode(Environment.ProcessId, (int)server.Handle)!.Value], _sockets.Connections());
        _sockets.Dam();
        await _client.SendAsync("bytes"u8.ToArray());
        await Temp.Until(() => server.Available > 0 || Retransmission.IsUnderWay(_client), "they are sent again");
        Assert.Equal(0, server.Available);
        Assert.False(_sockets.HasUnread());

        _sockets.Reopen();

        Assert.Equal(5, await server.ReceiveAsync(new byte[20]).WaitAsync(_patience));
    }
}

using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Generations;

/// <summary>What a program serves is what it has open, and not what it has bound once.</summary>
public class ServedSocketsTests
{
    /// <summary>Binds a stream and a datagram socket; on SIGUSR1 closes the first, on SIGUSR2 the second.</summary>
    private const string Closing = """
        import signal, socket, sys
        port = int(sys.argv[1])
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', port)); s.listen()
        d = socket.socket(type=socket.SOCK_DGRAM); d.bind(('127.0.0.1', port))
        signal.signal(signal.SIGUSR1, lambda *_: s.close())
        signal.signal(signal.SIGUSR2, lambda *_: d.close())
        while True: signal.pause()
        """;

    [Fact]
    public async Task A_socket_that_was_closed_is_served_no_more()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var (stream, datagrams) = (Temp.Tcp(port), Temp.Address($"udp://127.0.0.1:{port}"));
        var old = rig.StartPython(Closing, $"{port}");
        Assert.Null(await old.WaitReady(Rig.Requires(stream, datagrams), default));
        var before = ServedSockets.Of(rig.Listeners, old);
        Assert.Equal([stream, datagrams], before.Order(Comparer<ListenerAddress>.Create((a, b) => string.CompareOrdinal($"{a}", $"{b}"))));

        var candidate = rig.StartPython(Closing, $"{port}");
        Assert.Null(await candidate.WaitReady(Rig.Requires(stream, datagrams), default));
        Assert.Null(ServedSockets.Lost(before, rig.Listeners, candidate));
        await Temp.Until(() => ProcFs.Catches(candidate.Pid, 12), "its handlers");
        candidate.Signal(10);
        await Temp.Until(() => ServedSockets.Of(rig.Listeners, candidate).Count == 1, "one is closed");
        Assert.Equal($"it has bound {stream} and does not serve it any more", ServedSockets.Lost(before, rig.Listeners, candidate));
        candidate.Signal(12);
        await Temp.Until(() => ServedSockets.Of(rig.Listeners, candidate).Count == 0, "the other is closed");
        Assert.Equal($"it has bound {stream}, {datagrams} and does not serve them any more", ServedSockets.Lost(before, rig.Listeners, candidate));

        // What the one before had closed itself is not missed.
        old.Signal(10);
        await Temp.Until(() => ServedSockets.Of(rig.Listeners, old).Count == 1, "the old one has closed it too");
        Assert.Equal(
            $"it has bound {datagrams} and does not serve it any more", ServedSockets.Lost(ServedSockets.Of(rig.Listeners, old), rig.Listeners, candidate));
    }

    [Fact]
    public async Task A_held_socket_that_does_not_listen_any_more_is_served_by_nobody()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var generation = rig.StartPython(Closing, $"{port}");
        Assert.Null(await generation.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        Assert.True(rig.Listeners.GivenTo(1).Single(s => s.Address.IsStream).Works);
        var inode = rig.Listeners.GivenTo(1).Single(s => s.Address.IsStream).Inode;

        // By a way past the broker, as io_uring has one: here by the engine's own duplicate.
        var own = ProcFs.Descriptors(Environment.ProcessId).First(fd => ProcFs.SocketInode(Environment.ProcessId, fd) == inode);
        using (var again = new System.Net.Sockets.Socket(new System.Net.Sockets.SafeSocketHandle(own, ownsHandle: false)))
        {
            again.Shutdown(System.Net.Sockets.SocketShutdown.Both);
        }

        Assert.False(rig.Listeners.GivenTo(1).Single(s => s.Address.IsStream).Works);
    }
}

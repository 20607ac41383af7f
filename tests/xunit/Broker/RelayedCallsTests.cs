using System.Net.Sockets;

using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>Calls on a relayed connection as the C library has them, to the last argument: what the kernel would do, the engine does.</summary>
public class RelayedCallsTests
{
    /// <summary>Each connection is for one thing, of which the client is told.</summary>
    private const string Program = """
        import ctypes, os, signal, socket, sys
        libc = ctypes.CDLL(None, use_errno=True)
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(5)
        def take(flags=0): return libc.accept4(s.fileno(), None, None, flags)
        for flags in (0, os.O_NONBLOCK, os.O_CLOEXEC):
            c = take(flags)
            os.write(c, b'blocks %d, inherited %d' % (os.get_blocking(c), os.get_inheritable(c)))
            os.close(c)
        c = take()
        for room in (4, 0, -1):
            name, size = ctypes.create_string_buffer(b'\xee' * 16, 16), ctypes.c_int(room)
            done = libc.getpeername(c, name, ctypes.byref(size))
            os.write(c, b'%d %d %d;' % (done, size.value, name.raw.count(b'\xee' * 4, max(room, 0))))
        os.close(c)
        size = ctypes.c_int(-1)
        refused = libc.accept4(s.fileno(), name, ctypes.byref(size), 0), ctypes.get_errno()
        c = take()
        os.write(c, b'%d with %d, and then it is given' % refused)
        os.close(c)
        c = take()
        if os.fork() == 0:
            os.close(c); os._exit(0)
        os.wait()
        os.write(c, b'still here')
        os.close(c)
        c = take()
        libc.close_range(c, c, 4)
        os.write(c, b'only marked')
        s.setblocking(False)
        for i in range(2000): # The client of the one before is still there, so that no other one comes.
            try: s.accept()
            except BlockingIOError: pass
        s.setblocking(True)
        libc.close_range(c, c, 0)
        c = take()
        os.write(c, b'%d' % (c < 1024))
        os.close(c)
        signal.pause()
        """;

    [Fact]
    public async Task Each_call_does_what_the_kernel_does()
    {
        await using var rig = new Rig();
        var (port, script) = (Ports.Next(), Path.Combine(rig.Directory, "calls.py"));
        File.WriteAllText(script, Program);
        var address = Temp.Tcp(port);
        ListenerPlan[] listeners = [new() { Name = "in", Address = address, Handoff = Handoff.Relay, Framing = FramingKind.Line }];
        rig.Listeners.Configure(listeners);
        var generation = rig.Start(new ServicePlan { Name = "test", Command = ["/usr/bin/python3", "-S", "-u", script, $"{port}"], Listeners = listeners });
        Assert.Null(await generation.WaitReady(Rig.Requires(address), default));
        rig.Listeners.Traffic.Direct(new Aeterna.Machine.Route(generation.Number));

        string[] expected =
        [
            "blocks 1, inherited 1", "blocks 0, inherited 1", "blocks 1, inherited 0", // By the flags of accept4(2).
            "0 16 3;0 16 4;-1 -1 4;", // As much as there is room for, and the whole length; EINVAL for less than nothing.
            "-1 with 22, and then it is given", // No client is lost by an accept that cannot be answered: EINVAL.
            "still here", // A child has closed its own one.
            "only marked", // CLOSE_RANGE_CLOEXEC; and closed by the next call.
            "1", // Asking when nobody is there costs no number.
        ];
        foreach (var said in expected)
        {
            using var client = new TcpClient("127.0.0.1", port);
            Assert.Equal(said, await new StreamReader(client.GetStream()).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60)));
        }
    }
}

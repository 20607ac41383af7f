using System.Globalization;
using System.Net;
using System.Net.Sockets;

using Aeterna.Load;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>What a program has closed is not kept from others, and no program can have more held than the engine can bear.</summary>
public class ClosedSocketTests
{
    [Fact]
    public async Task Source_ports_that_a_resolver_has_closed_are_let_go_of_and_its_service_port_is_not()
    {
        const string program = """
            import os, signal, socket, sys
            service, ports = int(sys.argv[1]), [int(p) for p in sys.argv[2:]]
            def bind(port, kind=socket.SOCK_DGRAM):
                s = socket.socket(socket.AF_INET, kind); s.bind(('127.0.0.1', port)); return s
            s = bind(service)
            for port in ports: bind(port).close()
            passive = bind(ports[0], socket.SOCK_STREAM); passive.listen(); passive.close()
            s.recvfrom(100)
            """;
        await using var rig = new Rig();
        var (port, ports) = (Ports.Next(), Enumerable.Range(0, 50).Select(_ => Ports.Next()).ToArray());
        rig.StartPython(program, [$"{port}", .. ports.Select(p => $"{p}")]);
        await Temp.Until(() => rig.Traps.Any(t => t.Call == Aeterna.Broker.TrappedCall.Listen), "all was bound");
        await Temp.Until(() => Look(rig) && rig.Listeners.HeldBy(1).Count == 1, "the closed ones are let go of");
        foreach (var free in ports)
        {
            // A process that another test is just starting may have a copy until its exec.
            await Temp.Until(() => CanBind(free), "others may bind it");
        }

        Assert.Equal([Udp(port)], rig.Listeners.HeldBy(1).Select(a => a.ToString()));
    }

    [Fact]
    public async Task A_socket_that_is_open_elsewhere_than_where_it_was_bound_stays_held()
    {
        const string program = """
            import os, signal, socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', int(sys.argv[1])))
            t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); t.bind(('127.0.0.1', int(sys.argv[2])))
            moved = s.dup(); s.close()
            if os.fork() == 0: signal.pause()
            t.close()
            passing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); passing.bind(('127.0.0.1', int(sys.argv[3]))); passing.close()
            signal.pause()
            """;
        await using var rig = new Rig();
        int[] ports = [Ports.Next(), Ports.Next(), Ports.Next()];
        rig.StartPython(program, [.. ports.Select(p => $"{p}")]);
        await Temp.Until(() => rig.Listeners.HeldBy(1).Count == 3, "all are bound");
        await Temp.Until(() => Look(rig) && rig.Listeners.HeldBy(1).Count == 2, "the closed one is let go of");
        Assert.Equal(new[] { Udp(ports[0]), Udp(ports[1]) }.Order(), rig.Listeners.HeldBy(1).Select(a => a.ToString()).Order());
    }

    [Fact]
    public async Task What_a_generation_closes_as_it_ends_is_kept_for_the_next_one()
    {
        const string program = """
            import signal, socket, sys
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', int(sys.argv[1])))
            t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); t.bind(('127.0.0.1', int(sys.argv[2])))
            signal.sigwait([signal.SIGUSR1]); s.close(); t.sendto(b'closed', ('127.0.0.1', int(sys.argv[3]))); signal.pause()
            """;
        await using var rig = new Rig();
        using var told = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        told.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = Ports.Next();
        var first = rig.StartPython(program, $"{port}", $"{Ports.Next()}", $"{((IPEndPoint)told.LocalEndPoint!).Port}");
        await Temp.Until(() => rig.Listeners.HeldBy(1).Count == 2, "it is bound");
        await rig.Listeners.Retire(1, TimeSpan.Zero);
        first.Signal(10);
        await told.ReceiveAsync(new byte[10]).WaitAsync(TimeSpan.FromSeconds(60));
        for (var i = 0; i < 3; i++)
        {
            rig.Listeners.ReleaseClosed();
        }

        Assert.Equal(2, rig.Listeners.HeldBy(1).Count);
    }

    [Fact]
    public async Task Beyond_the_bound_a_socket_is_the_programs_own_and_everything_works_on()
    {
        const string program = """
            import signal, socket, sys
            held = []
            for port in sys.argv[1:]:
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', int(port))); held.append(s)
            held[0].sendto(b'bound', ('127.0.0.1', int(sys.argv[1])))
            d, a = held[0].recvfrom(100)
            while True:
                d, a = held[-1].recvfrom(100); held[-1].sendto(b'answer', a)
            """;
        await using var rig = new Rig(mostCaptured: 4);
        var ports = Enumerable.Range(0, 10).Select(_ => Ports.Next()).ToArray();
        rig.StartPython(program, [.. ports.Select(p => $"{p}")]);
        await Temp.Until(() => rig.Listeners.HeldBy(1).Count == 4, "four are held");
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        client.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var (answer, attempts) = (client.ReceiveAsync(new byte[10]), 0);
        while (!answer.IsCompleted && attempts++ < 600)
        {
            await client.SendToAsync("?"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, ports[^1]));
            await Task.WhenAny(answer, Task.Delay(100));
        }

        Assert.Equal(6, await answer);
        Assert.Equal(4, rig.Listeners.HeldBy(1).Count);
    }

    [Fact]
    public async Task A_socket_that_is_connected_is_no_listener_of_the_service()
    {
        const string program = """
            import signal, socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', int(sys.argv[1])))
            c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.bind(('127.0.0.1', int(sys.argv[2]))); c.connect(('127.0.0.1', int(sys.argv[1])))
            n = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); n.bind(('127.0.0.1', 0))
            signal.pause()
            """;
        await using var rig = new Rig();
        var port = Ports.Next();
        var generation = rig.StartPython(program, $"{port}", $"{Ports.Next()}");
        await Temp.Until(() => rig.Traps.Count(t => t.Call == Aeterna.Broker.TrappedCall.Bind) == 3, "all are bound");
        Assert.Equal([Udp(port)], rig.Listeners.HeldBy(generation.Number).Select(a => a.ToString()));
    }

    private static bool CanBind(int port)
    {
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        return Record.Exception(() => udp.Bind(new IPEndPoint(IPAddress.Loopback, port))) is null;
    }

    private static string Udp(int port) => string.Create(CultureInfo.InvariantCulture, $"udp://127.0.0.1:{port}");

    private static bool Look(Rig rig)
    {
        rig.Listeners.ReleaseClosed();
        return true;
    }
}

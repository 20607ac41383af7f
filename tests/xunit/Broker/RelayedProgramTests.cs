using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

using Aeterna.Configuration.Profiles;
using Aeterna.Generations;
using Aeterna.Load;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>Programs behind a relayed listener: what accept(2) and its like tell them is what they would be told without a relay.</summary>
public class RelayedProgramTests
{
    /// <summary>Answers each line with what it knows of the connection; ends with code 7 on SIGTERM.</summary>
    private const string Blocking = """
        import json, signal, socket, sys
        def end(*_): raise SystemExit(7)
        signal.signal(signal.SIGTERM, end)
        family = socket.AF_INET6 if sys.argv[1] == 'v6' else socket.AF_INET
        s = socket.socket(family, socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('::1' if sys.argv[1] == 'v6' else '127.0.0.1', int(sys.argv[2])))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 0)
        s.listen(5)
        while True:
            c, address = s.accept()
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 33)
            line = c.makefile().readline()
            c.sendall(json.dumps({
                'accept': address[1], 'peer': c.getpeername()[1], 'peerhost': c.getpeername()[0], 'own': c.getsockname()[1],
                'listener': s.getsockname()[1], 'nodelay': c.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY),
                'idle': c.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE), 'line': line, 'fd': c.fileno(), 'blocking': c.getblocking(),
            }).encode())
            c.close()
        """;

    private const string Asyncio = """
        import asyncio, sys
        async def serve(reader, writer):
            line = await reader.readline()
            writer.write(repr(writer.get_extra_info('peername')[1]).encode() + b' ' + line)
            await writer.drain()
            writer.close()
        async def main():
            server = await asyncio.start_server(serve, '127.0.0.1', int(sys.argv[2]))
            await server.serve_forever()
        asyncio.run(main())
        """;

    private const string Forking = """
        import os, socket, sys
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('127.0.0.1', int(sys.argv[2]))); s.listen(5)
        while True:
            worker = os.fork()
            if worker == 0:
                c, _ = s.accept()
                c.recv(100); c.sendall(b'%d\n' % os.getpid())
                c.recv(100)
                os._exit(1)
            os.waitpid(worker, 0)
        """;

    [Theory]
    [InlineData("v4", "127.0.0.1")]
    [InlineData("v6", "::1")]
    public async Task It_learns_the_true_addresses_and_options_and_closes_for_the_client(string version, string host)
    {
        await using var rig = new Rig();
        var port = await Start(rig, Blocking, version, host);
        for (var round = 0; round < 3; round++)
        {
            using var client = new TcpClient(host, port);
            await client.GetStream().WriteAsync("hello\n"u8.ToArray());
            var seen = JsonDocument.Parse(await Rest(client)).RootElement;
            var mine = (IPEndPoint)client.Client.LocalEndPoint!;
            Assert.Equal(mine.Port, seen.GetProperty("accept").GetInt32());
            Assert.Equal(mine.Port, seen.GetProperty("peer").GetInt32());
            Assert.Equal(host, seen.GetProperty("peerhost").GetString());
            Assert.Equal(port, seen.GetProperty("own").GetInt32());
            Assert.Equal(port, seen.GetProperty("listener").GetInt32());
            Assert.Equal(1, seen.GetProperty("nodelay").GetInt32());
            Assert.Equal(33, seen.GetProperty("idle").GetInt32());
            Assert.Equal("hello\n", seen.GetProperty("line").GetString());
            Assert.True(seen.GetProperty("blocking").GetBoolean());
            Assert.True(seen.GetProperty("fd").GetInt32() >= 200, "above the program's own descriptors");
        }
    }

    [Fact]
    public async Task Keepalive_that_it_sets_is_the_clients_connections()
    {
        const string KeepaliveTimer = "02";
        await using var rig = new Rig();
        var port = await Start(rig, Blocking, "v4", "127.0.0.1");
        using var client = new TcpClient("127.0.0.1", port);
        var mine = ((IPEndPoint)client.Client.LocalEndPoint!).Port;
        var ends = $":{port:X4} 0100007F:{mine:X4}";
        await Temp.Until(
            () => File.ReadLines("/proc/net/tcp").FirstOrDefault(l => l.Contains(ends, StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[5]
                .StartsWith(KeepaliveTimer, StringComparison.Ordinal) == true,
            "the kernel's keepalive timer runs on the engine's end of the client's connection");
        await client.GetStream().WriteAsync("hello\n"u8.ToArray());
        await Rest(client);
    }

    [Fact]
    public async Task What_a_main_process_has_ends_with_it_though_another_goes_on_with_its_work()
    {
        const string program = """
            import os, socket, sys
            s = socket.socket(); s.bind(('127.0.0.1', int(sys.argv[2]))); s.listen(5)
            c, _ = s.accept(); c.sendall(b'first\n')
            there, ready = os.pipe()
            heir = os.fork()
            if heir == 0:
                c.close(); os.close(there); os.write(ready, b'x')
                while True: c, _ = s.accept(); c.sendall(b'heir\n'); c.recv(1); c.close()
            os.read(there, 1)
            n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); n.sendto(b'MAINPID=%d' % heir, os.environ['NOTIFY_SOCKET'])
            c.recv(2)
            os._exit(0)
            """;
        await using var rig = new Rig();
        var port = await Start(rig, program, "v4", "127.0.0.1");
        var generation = rig.Generations.Single();
        var first = generation.Pid;
        using var client = new TcpClient("127.0.0.1", port);
        Assert.Equal("first", await new StreamReader(client.GetStream()).ReadLineAsync());
        await Temp.Until(() => generation.Pid != first, "the work is handed over");
        using var second = new TcpClient("127.0.0.1", port);
        Assert.Equal("heir", await new StreamReader(second.GetStream()).ReadLineAsync());
        await client.GetStream().WriteAsync("x\n"u8.ToArray());
        await Rest(client); // To its end: the process that had it is gone.
        Assert.False(generation.Exited.IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_program_that_waits_in_accept_sees_its_signal_whoever_sends_it(bool engine)
    {
        await using var rig = new Rig();
        var port = await Start(rig, Blocking, "v4", "127.0.0.1");
        await Temp.Until(() => rig.Traps.Count(t => t.Answer == Aeterna.Broker.AnswerKind.Parked) == 1, "it waits in accept");
        using (var client = new TcpClient("127.0.0.1", port))
        {
            await client.GetStream().WriteAsync("hello\n"u8.ToArray());
            await Rest(client);
        }

        var generation = rig.Generations.Single();
        await Temp.Until(() => rig.Traps.Count(t => t.Answer == Aeterna.Broker.AnswerKind.Parked) == 2, "it waits in accept again");
        if (engine)
        {
            generation.Signal(15);
        }
        else
        {
            Assert.Equal(0, LibC.kill(generation.Pid, 15));
        }

        Assert.Equal(7, (await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
    }

    [Fact]
    public async Task An_event_loop_with_sockets_that_do_not_block_is_served_too()
    {
        await using var rig = new Rig();
        var port = await Start(rig, Asyncio, "v4", "127.0.0.1");
        var clients = Enumerable.Range(0, 50).Select(_ => new TcpClient("127.0.0.1", port)).ToList();
        foreach (var (client, i) in clients.Select((c, i) => (c, i)))
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"line {i}\n"));
        }

        foreach (var (client, i) in clients.Select((c, i) => (c, i)))
        {
            Assert.Equal($"{((IPEndPoint)client.Client.LocalEndPoint!).Port} line {i}\n", await Rest(client));
            client.Dispose();
        }
    }

    [Fact]
    public async Task A_worker_that_dies_ends_its_connections()
    {
        await using var rig = new Rig();
        var port = await Start(rig, Forking, "v4", "127.0.0.1");
        for (var round = 0; round < 3; round++)
        {
            using var client = new TcpClient("127.0.0.1", port);
            var stream = client.GetStream();
            await stream.WriteAsync("hello\n"u8.ToArray());
            var reader = new StreamReader(stream);
            Assert.NotEmpty((await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)))!);
            await stream.WriteAsync("end\n"u8.ToArray());
            Assert.Null(await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)));
        }
    }

    [Fact]
    public async Task Clients_past_the_limit_of_descriptors_do_not_harm_the_others()
    {
        await using var rig = new Rig();
        var limits = new Dictionary<string, LimitPlan> { ["nofile"] = new(64, 64) };
        var port = await Start(rig, Asyncio, "v4", "127.0.0.1", limits);
        var clients = Enumerable.Range(0, 150).Select(_ => new TcpClient("127.0.0.1", port)).ToList();
        clients.Skip(10).ToList().ForEach(c => c.Dispose());
        foreach (var client in clients.Take(10))
        {
            await client.GetStream().WriteAsync("hello\n"u8.ToArray());
            Assert.EndsWith(" hello\n", await Rest(client), StringComparison.Ordinal);
            client.Dispose();
        }
    }

    [Fact]
    public async Task A_stock_rsyslogd_logs_the_true_client_address()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var output = Path.Combine(rig.Directory, "out.log");
        File.WriteAllText(Path.Combine(rig.Directory, "rsyslog.conf"), $$"""
            global(workDirectory="{{rig.Directory}}" net.enableDNS="off")
            module(load="imtcp" KeepAlive="on" KeepAlive.Time="77")
            input(type="imtcp" port="{{port}}")
            template(name="line" type="string" string="%fromhost-ip% %rawmsg%\n")
            action(type="omfile" file="{{output}}" template="line")
            """);
        var generation = rig.Start(new ServicePlan
        {
            Name = "rsyslogd",
            Command = ["/usr/sbin/rsyslogd", "-n", "-iNONE", "-f", Path.Combine(rig.Directory, "rsyslog.conf")],
            Profile = ProfileList.For(["rsyslogd"]),
        });
        Assert.Null(await generation.WaitReady(new ReadinessRequirement(Readiness.Listeners, TimeSpan.FromSeconds(60), [], true), default));
        rig.Listeners.Traffic.Direct(new Route(1));
        foreach (var (from, to) in new[] { ("127.0.0.5", "127.0.0.1"), ("127.0.0.77", "127.0.0.1"), ("::1", "::1") })
        {
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            client.Connect(IPAddress.Parse(to), port);
            client.Send(Encoding.ASCII.GetBytes($"<13>Nov 22 10:00:00 host test: from {from}\n"));
            await Temp.Until(() => Lines(output).Any(l => l.EndsWith($"from {from}", StringComparison.Ordinal)), "the message is written");
            Assert.StartsWith($"{from} ", Lines(output).Last(), StringComparison.Ordinal);
        }
    }

    private static string[] Lines(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];

    private static async Task<int> Start(Rig rig, string program, string version, string host, Dictionary<string, LimitPlan>? limits = null)
    {
        var (port, script) = (Ports.Next(), Path.Combine(rig.Directory, "relayed.py"));
        File.WriteAllText(script, program);
        var address = Temp.Address(host.Contains(':', StringComparison.Ordinal) ? $"tcp://[{host}]:{port}" : $"tcp://{host}:{port}");
        ListenerPlan[] listeners = [new() { Name = "in", Address = address, Handoff = Handoff.Relay, Framing = FramingKind.Line }];
        rig.Listeners.Configure(listeners);
        var generation = rig.Start(new ServicePlan
        {
            Name = "test",
            Command = ["/usr/bin/python3", "-S", "-u", script, version, $"{port}"],
            Listeners = listeners,
            Limits = limits ?? [],
        });
        Assert.Null(await generation.WaitReady(Rig.Requires(address), default));
        rig.Listeners.Traffic.Direct(new Route(generation.Number));
        return port;
    }

    private static async Task<string> Rest(TcpClient client) =>
        await new StreamReader(client.GetStream()).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
}

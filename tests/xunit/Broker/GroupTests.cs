using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>Several sockets of one address, of which one generation has more than another: nobody may come to one that nobody reads.</summary>
public class GroupTests
{
    private const int Clients = 40;

    // Binds as many sockets as it is told, and answers on each by a thread of its own: with the generation, and which socket it was.
    private const string Sharded = """
        import os, signal, socket, sys, threading
        kind, port, count, option = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
        udp, gen = kind == 'udp', os.environ['AETERNA_GENERATION']
        def serve(s, answer):
            while True:
                if udp:
                    d, a = s.recvfrom(100)
                    if a: s.sendto(answer, a)
                else:
                    c, _ = s.accept(); c.sendall(answer); c.close()
        sockets = []
        for i in range(count):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
            s.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
            s.bind(('127.0.0.1', port))
            if not udp: s.listen(64)
            sockets.append(s)
        for i, s in enumerate(sockets):
            threading.Thread(target=serve, args=(s, ('%s %d' % (gen, i)).encode()), daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        print('serves', flush=True)
        signal.pause()
        """;

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task With_fewer_sockets_than_before_all_clients_come_to_those_that_are_read(string kind)
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var first = await Start(rig, kind, port, 4);
        Assert.Equal(4, (await AskAll(kind, port)).Distinct().Count());
        await Start(rig, kind, port, 2);
        await rig.Listeners.Retire(1, TimeSpan.FromSeconds(60));
        await End(rig, first, forget: false);
        Assert.All(await AskAll(kind, port), answer => Assert.StartsWith("2 ", answer, StringComparison.Ordinal));
        rig.Listeners.Forget(1);
        Assert.All(await AskAll(kind, port), answer => Assert.StartsWith("2 ", answer, StringComparison.Ordinal));
        Assert.Equal(2, rig.Listeners.ReleaseUnused().Count);
        await BothAreChosen(kind, port);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task A_candidate_with_more_sockets_leaves_none_behind_when_it_goes(string kind)
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        await Start(rig, kind, port, 2);
        var second = await Start(rig, kind, port, 4);
        await AskAll(kind, port);
        await End(rig, second, forget: true);
        Assert.All(await AskAll(kind, port), answer => Assert.StartsWith("1 ", answer, StringComparison.Ordinal));
        rig.Listeners.ReleaseUnused();
        await BothAreChosen(kind, port);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task A_copy_that_a_process_has_until_its_exec_draws_nobody(string kind)
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        await Start(rig, kind, port, 2);
        var second = await Start(rig, kind, port, 4);
        await End(rig, second, forget: true);
        var copies = ProcFs.Descriptors(Environment.ProcessId).Where(fd => IsAt(fd, port)).Select(Duplicate).ToList();
        rig.Listeners.ReleaseUnused();
        try
        {
            Assert.All(await AskAll(kind, port), answer => Assert.StartsWith("1 ", answer, StringComparison.Ordinal));
        }
        finally
        {
            copies.ForEach(c => c.Dispose());
        }

        // Four more than the two that are read: then the kernel chooses by itself again.
        await BothAreChosen(kind, port);
    }

    [Fact]
    public async Task Who_comes_while_one_has_ended_and_the_next_with_fewer_sockets_is_not_there_waits_where_that_one_reads()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var first = await Start(rig, "tcp", port, 4);
        await rig.Listeners.Retire(1, TimeSpan.FromSeconds(60));
        await End(rig, first, forget: true);
        var asked = AskAll("tcp", port);
        await Start(rig, "tcp", port, 1);
        Assert.All(await asked, answer => Assert.Equal("2 0", answer));
    }

    [Theory]
    [InlineData("shared")]
    [InlineData("steered")]
    public async Task Of_two_datagram_sockets_on_one_address_the_newer_one_gets_all_in_each_generation(string how)
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var handoff = how == "steered" ? Handoff.Steered : Handoff.Shared;
        var first = await Start(rig, "udp", port, 2, "SO_REUSEADDR", handoff);
        rig.Listeners.Traffic.Direct(new(1));
        Assert.All(await AskAll("udp", port), answer => Assert.Equal("1 1", answer));
        await Start(rig, "udp", port, 2, "SO_REUSEADDR", handoff);
        rig.Listeners.Traffic.Direct(new(2));
        await rig.Listeners.Retire(1, TimeSpan.FromSeconds(60));
        await End(rig, first, forget: true);
        Assert.All(await AskAll("udp", port), answer => Assert.Equal("2 1", answer));
    }

    [Fact]
    public async Task Several_steered_sockets_of_one_program_are_all_one_generations()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var first = await Start(rig, "udp", port, 3, handoff: Handoff.Steered);
        await Start(rig, "udp", port, 2, handoff: Handoff.Steered);
        rig.Listeners.Traffic.Direct(new(1));
        Assert.All(await AskAll("udp", port), answer => Assert.StartsWith("1 ", answer, StringComparison.Ordinal));
        rig.Listeners.Traffic.Direct(new(2));
        Assert.All(await AskAll("udp", port), answer => Assert.StartsWith("2 ", answer, StringComparison.Ordinal));
        await End(rig, first, forget: true);
        Assert.All(await AskAll("udp", port), answer => Assert.StartsWith("2 ", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stream_that_is_bound_twice_without_a_group_is_refused_as_the_kernel_does()
    {
        const string program = """
            import socket, sys
            def bind():
                s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(); return s
            one = bind()
            try: two = bind()
            except OSError as e: one.accept()[0].sendall(b'%d' % e.errno)
            """;
        await using var rig = new Rig();
        var port = Ports.Next();
        rig.StartPython(program, $"{port}");
        await Temp.Until(() => rig.Listeners.HeldBy(1).Count == 1, "it listens");
        Assert.Equal("98", await Ask("tcp", port));
    }

    private static async Task<IGeneration> Start(
        Rig rig, string kind, int port, int count, string option = "SO_REUSEPORT", Handoff handoff = Handoff.Shared)
    {
        var address = Temp.Address(string.Create(CultureInfo.InvariantCulture, $"{kind}://127.0.0.1:{port}"));
        ListenerPlan[] listeners = [new() { Name = "it", Address = address, Handoff = handoff }];
        var file = Path.Combine(rig.Directory, "sharded.py");
        File.WriteAllText(file, Sharded);
        var generation = rig.Start(new ServicePlan
        {
            Name = "test",
            Command = ["/usr/bin/python3", "-S", "-u", file, kind, $"{port}", $"{count}", option],
            Listeners = handoff == Handoff.Shared ? [] : listeners,
        });
        Assert.Null(await generation.WaitReady(Rig.Requires(address), default));

        // Listening on all: asleep in pause(2), or in accept and recvfrom.
        await Temp.Until(() => generation.Activity().Threads.Count == count + 1, "its threads serve");
        return generation;
    }

    private static async Task End(Rig rig, IGeneration generation, bool forget)
    {
        generation.Kill();
        await generation.Gone.WaitAsync(TimeSpan.FromSeconds(60));
        if (forget)
        {
            rig.Listeners.Forget(generation.Number);
        }
    }

    /// <summary>A process that another test is just starting may have copies of what was closed until its exec.</summary>
    private static Task BothAreChosen(string kind, int port) => Temp.Until(() => AskAll(kind, port).Result.Distinct().Count() == 2, "both are chosen");

    private static bool IsAt(int fd, int port) => ProcFs.SocketInode(Environment.ProcessId, fd) is not null
        && SockAddr.ReadEndpoint(Libc.LocalName(fd))?.Port == port;

    private static FileDescriptor Duplicate(int fd) => new(LibC.dup(fd));

    private static async Task<string[]> AskAll(string kind, int port) =>
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Ask(kind, port)));

    private static async Task<string> Ask(string kind, int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = kind == "udp"
            ? new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        if (kind == "udp")
        {
            await socket.SendAsync("?"u8.ToArray(), limit.Token);
        }

        var buffer = new byte[100];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token));
    }
}

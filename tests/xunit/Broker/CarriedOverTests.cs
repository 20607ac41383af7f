using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Aeterna.Generations;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>What a program did to its own socket before bind(2) holds for the one that it gets in its place.</summary>
public class CarriedOverTests
{
    // Answers each client with its generation, by epoll; what was done to the socket before its bind is the first argument.
    private const string Waiter = """
        import os, select, socket, sys, threading
        kind, port, gen = sys.argv[1], int(sys.argv[2]), os.environ['AETERNA_GENERATION'].encode()
        udp = kind.startswith('udp')
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setblocking(False)
        own, e = s, select.epoll()
        flags = {'et': select.EPOLLIN | select.EPOLLET, 'exclusive': select.EPOLLIN | select.EPOLLEXCLUSIVE}.get(kind, select.EPOLLIN)
        if kind == 'two':
            first = select.epoll()
            first.register(s, select.EPOLLIN)
        if kind in ('dup', 'dup-registered'):
            own = s.dup()
        if kind == 'high':
            own = socket.socket(fileno=os.dup2(s.fileno(), 700))
        if kind == 'gone':                   # the number under which it is registered is closed before the bind
            passing = s.dup()
            e.register(passing, flags)
            passing.close()
        elif kind == 'nested':
            inner = select.epoll()
            inner.register(s, flags)
            e.register(inner, select.EPOLLIN)
        elif kind == 'forked':               # another process keeps the socket that this one had, and so its registration alive
            e.register(s, flags)
            r, w = os.pipe()
            if os.fork() == 0:
                os.close(w); os.read(r, 1); os._exit(0)
            os.close(r)
        elif kind in ('udp-poll', 'udp-late'):   # a thread waits for it by then
            p = select.poll()
            p.register(s, select.POLLIN)
            def wait():
                if kind == 'udp-late': os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
                while True:
                    p.poll()
                    try: serve()
                    except BlockingIOError: pass
            def serve():
                d, a = s.recvfrom(100)
                if d: s.sendto(gen, a)
            threading.Thread(target=wait, daemon=True).start()
            while '(' not in open('/proc/self/syscall').read() and len(os.listdir('/proc/self/task')) < 2: pass
            tid = max(map(int, os.listdir('/proc/self/task')))
            while open('/proc/self/task/%d/syscall' % tid).read().split()[0] not in ('7', '73'): pass
        elif kind != 'dup':
            e.register(own, flags)
        if kind == 'udp-late':               # it gets no processor before the bind has returned
            cpu = max(os.sched_getaffinity(0))
            os.sched_setaffinity(tid, {cpu})
            busy = os.fork()
            while busy == 0: os.sched_setaffinity(0, {cpu})
        s.bind(('127.0.0.1', port))
        if kind == 'udp-late':
            os.kill(busy, 9); os.waitpid(busy, 0)
        if not udp:
            s.listen(64)
        if kind == 'dup':
            e.register(own, flags)
        if kind in ('et', 'udp'):
            e.modify(own, flags)             # by its own number: the registration is known under it
        if kind == 'dup-registered':
            s.close()
        while True:
            for _ in e.poll():
                try:
                    while True:
                        if udp:
                            d, a = own.recvfrom(100); own.sendto(gen, a)
                        else:
                            c, _ = own.accept(); c.sendall(gen); c.close()
                except BlockingIOError: pass
        """;

    [Theory]
    [InlineData("et")]
    [InlineData("exclusive")]
    [InlineData("two")]
    [InlineData("dup")]
    [InlineData("dup-registered")]
    [InlineData("high")]
    [InlineData("gone")]
    [InlineData("nested")]
    [InlineData("forked")]
    [InlineData("udp")]
    [InlineData("udp-poll")]
    [InlineData("udp-late")]
    public async Task Who_waits_for_its_own_socket_waits_for_the_held_one(string kind)
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var udp = kind.StartsWith("udp", StringComparison.Ordinal);
        var address = udp ? Udp(port) : Temp.Tcp(port);
        var first = rig.StartPython(Waiter, kind, $"{port}");
        Assert.Null(await first.WaitReady(Rig.Requires(address), default));
        Assert.Equal("1", await Ask(port, udp));
        var second = rig.StartPython(Waiter, kind, $"{port}");
        Assert.Null(await second.WaitReady(Rig.Requires(address), default));
        await End(rig, first);
        Assert.Equal("2", await Ask(port, udp));
        Assert.Equal("2", await Ask(port, udp));
    }

    [Fact]
    public async Task A_program_that_asks_whether_its_socket_listens_hears_what_it_has_done_itself()
    {
        const string program = """
            import os, socket, sys
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(('127.0.0.1', int(sys.argv[1])))
            before = s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if not before: s.listen(64)
            after = s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            while True:
                c, _ = s.accept(); c.sendall(b'%s %d%d' % (os.environ['AETERNA_GENERATION'].encode(), before, after)); c.close()
            """;
        await using var rig = new Rig();
        var port = Ports.Next();
        var first = rig.StartPython(program, $"{port}");
        Assert.Null(await first.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        Assert.Equal("1 01", await Ask(port, udp: false));
        var second = rig.StartPython(program, $"{port}");
        Assert.Null(await second.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        await End(rig, first);
        Assert.Equal("2 01", await Ask(port, udp: false));
    }

    // Sets what it is told on its socket, binds it, sets what stands behind a plus, and answers each datagram with what is set by then.
    private const string Setter = """
        import array, ctypes, fcntl, os, socket, struct, sys
        port, gen = int(sys.argv[1]), os.environ['AETERNA_GENERATION']
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sol = {'O': socket.SOL_SOCKET, 'I': socket.IPPROTO_IP}
        told = [(w.strip('+').split('=')[0], int(w.split('=')[1])) for w in sys.argv[2:]]
        def what(w): return sol[w[0]], int(w[1:])
        def set_one(name, value):
            if name == 'block': s.setblocking(bool(value))
            elif name == 'own': fcntl.fcntl(s, fcntl.F_SETOWN, os.getpid() if value else 0); fcntl.fcntl(s, 10, value)
            elif name == 'filter' and value:      # BPF_RET with the number of bytes that are let through, the 8 of the header among them
                code = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 8 + value))
                s.setsockopt(socket.SOL_SOCKET, 26, struct.pack('HxxxxxxQ', 1, ctypes.addressof(code)))
            elif name != 'filter': s.setsockopt(*what(name), value)
        for word, one in zip(sys.argv[2:], told):
            if word[0] != '+': set_one(*one)
        s.bind(('127.0.0.1', port))
        for word, one in zip(sys.argv[2:], told):
            if word[0] == '+': set_one(*one)
        def now(name):
            if name == 'block': return int(s.getblocking() and not fcntl.fcntl(s, fcntl.F_GETFL) & os.O_NONBLOCK)
            if name == 'own': return fcntl.fcntl(s, 11) if fcntl.fcntl(s, fcntl.F_GETOWN) == os.getpid() else 0
            if name == 'filter': return len(d)
            return s.getsockopt(*what(name))
        while True:
            try: d, a = s.recvfrom(100)
            except BlockingIOError:
                import select; select.select([s], [], []); continue
            s.sendto((gen + ' ' + ' '.join('%s=%d' % (n, now(n)) for n, v in told)).encode(), a)
        """;

    [Theory]
    [InlineData("I1=16", "I1=32")] // IP_TOS
    [InlineData("I2=3", "I2=7")] // IP_TTL
    [InlineData("I8=0", "I8=1")] // IP_PKTINFO
    [InlineData("I8=1", "I8=0")]
    [InlineData("I33=4", "I33=5")] // IP_MULTICAST_TTL
    [InlineData("O6=0", "O6=1")] // SO_BROADCAST
    [InlineData("O12=2", "O12=5")] // SO_PRIORITY
    [InlineData("O29=0", "O29=1")] // SO_TIMESTAMP
    [InlineData("O35=1", "O29=1")] // SO_TIMESTAMPNS, SO_TIMESTAMP: one ends the other
    [InlineData("O29=1", "O35=1")]
    [InlineData("O36=0", "O36=77")] // SO_MARK
    [InlineData("block=1", "block=0")]
    [InlineData("block=0", "block=1")]
    [InlineData("own=0", "own=12")]
    [InlineData("filter=0", "filter=2")]
    [InlineData("filter=1", "filter=0")]
    public async Task What_a_program_set_on_its_own_socket_is_set_on_the_held_one_when_nobody_else_uses_it(string before, string after)
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var first = rig.StartPython(Setter, $"{port}", before);
        Assert.Null(await first.WaitReady(Rig.Requires(Udp(port)), default));
        await End(rig, first);
        var second = rig.StartPython(Setter, $"{port}", after);
        Assert.Null(await second.WaitReady(Rig.Requires(Udp(port)), default));
        Assert.Equal($"2 {(after == "filter=0" ? "filter=4" : after)}", await Ask(port, udp: true));
    }

    [Fact]
    public async Task While_another_generation_uses_the_socket_only_what_adds_is_set_and_the_rest_when_it_is_gone()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var first = rig.StartPython(Setter, $"{port}", "I2=3", "I8=0");
        Assert.Null(await first.WaitReady(Rig.Requires(Udp(port)), default));
        first.Freeze(default);
        var second = rig.StartPython(Setter, $"{port}", "I2=7", "I8=1");
        Assert.Null(await second.WaitReady(Rig.Requires(Udp(port)), default));
        Assert.Equal("2 I2=3 I8=1", await Ask(port, udp: true));
        await End(rig, first);
        Assert.Equal("2 I2=7 I8=1", await Ask(port, udp: true));
    }

    [Theory]
    [InlineData("+block=0", "+block=0", "block=0")] // As Python's asyncio has it.
    [InlineData("+I2=7", "+I2=7", "I2=7")]
    [InlineData("+block=1", "+block=1", "block=1")]
    [InlineData("block=1", "block=0", "block=0")]
    [InlineData("block=1", "+block=0", "block=0")]
    [InlineData("+I2=7", "+I2=9", "I2=9")]
    [InlineData("I2=7", "+I2=9", "I2=9")]
    public async Task What_a_program_sets_after_its_bind_holds_when_the_older_generation_is_gone(string before, string after, string holds)
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var first = rig.StartPython(Setter, $"{port}", before);
        Assert.Null(await first.WaitReady(Rig.Requires(Udp(port)), default));
        Assert.StartsWith("1 ", await Ask(port, udp: true), StringComparison.Ordinal);
        first.Freeze(default);
        var second = rig.StartPython(Setter, $"{port}", after);
        Assert.Null(await second.WaitReady(Rig.Requires(Udp(port)), default));
        Assert.StartsWith("2 ", await Ask(port, udp: true), StringComparison.Ordinal);
        await End(rig, first);
        Assert.Equal($"2 {holds}", await Ask(port, udp: true));
    }

    [Fact]
    public async Task A_generation_that_goes_before_an_older_one_leaves_the_socket_as_it_was()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var first = rig.StartPython(Setter, $"{port}", "I2=3", "O29=0", "block=1");
        Assert.Null(await first.WaitReady(Rig.Requires(Udp(port)), default));
        var second = rig.StartPython(Setter, $"{port}", "I2=7", "O29=1", "block=0");
        Assert.Null(await second.WaitReady(Rig.Requires(Udp(port)), default));
        await End(rig, second);
        Assert.Equal("1 I2=3 O29=0 block=1", await Ask(port, udp: true));
    }

    // Joins before or after its bind, leaves at its end, and appends what it gets to a file.
    private const string Member = """
        import os, signal, socket, struct, sys
        when, port, log = sys.argv[1], int(sys.argv[2]), sys.argv[3]
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        lo = socket.inet_aton('239.1.2.3') + socket.inet_aton('127.0.0.1')
        by_number = socket.inet_aton('239.1.2.3') + bytes(4) + struct.pack('i', socket.if_nametoindex('lo'))
        group_req = struct.pack('ixxxxHH4s120x', socket.if_nametoindex('lo'), socket.AF_INET, 0, socket.inet_aton('239.1.2.3'))
        sources = socket.inet_aton('239.1.2.3') + socket.inet_aton('127.0.0.1') + socket.inet_aton('127.0.0.1')
        join, leave, value = {'number': (35, 36, by_number), 'group_req': (42, 45, group_req), 'source': (39, 40, sources)}.get(when, (35, 36, lo))
        if when == 'early': s.setsockopt(0, join, value)
        s.bind(('', port))
        if when != 'early': s.setsockopt(0, join, value)
        try:
            s.setsockopt(0, join, value)
            sys.exit('a second join of the same socket must fail')
        except OSError as e: assert e.errno == 98 + (when == 'source'), e
        def end(*_):
            s.setsockopt(0, leave, value)
            try: s.setsockopt(0, leave, value)
            except OSError as e: assert e.errno == (22 if when == 'source' else 99), e
            else: os._exit(9)
            os._exit(0)
        signal.signal(signal.SIGTERM, end)
        out = open(log, 'ab', buffering=0)
        out.write(b'ready\n')
        while True: out.write(os.environ['AETERNA_GENERATION'].encode() + b' ' + s.recvfrom(100)[0] + b'\n')
        """;

    [Theory]
    [InlineData("early")]
    [InlineData("late")]
    [InlineData("number")]
    [InlineData("group_req")]
    [InlineData("source")]
    public async Task Each_generation_is_in_its_own_multicast_groups(string when)
    {
        await using var rig = new Rig();
        var (port, log) = (Ports.Next(), Path.Combine(rig.Directory, "log"));
        var address = Temp.Address($"udp://0.0.0.0:{port}");
        var first = rig.StartPython(Member, when, $"{port}", log);
        Assert.Null(await first.WaitReady(Rig.Requires(address), default));
        await Temp.Until(() => Lines(log).Length == 1, "the first one has joined");
        await Send(port, "a");
        await Temp.Until(() => Lines(log).Contains("1 a"), "a");

        var second = rig.StartPython(Member, when, $"{port}", log);
        Assert.Null(await second.WaitReady(Rig.Requires(address), default));
        await Temp.Until(() => Lines(log).Count(l => l == "ready") == 2, "the second one has joined");
        first.Signal(15);
        Assert.True((await first.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Clean);
        await End(rig, first);
        await Send(port, "b");
        await Temp.Until(() => Lines(log).Contains("2 b"), "b");
        second.Signal(15);
        Assert.True((await second.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Clean);
        static string[] Lines(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];
    }

    private static ListenerAddress Udp(int port) => Temp.Address(string.Create(CultureInfo.InvariantCulture, $"udp://127.0.0.1:{port}"));

    private static async Task End(Rig rig, IGeneration generation)
    {
        generation.Kill();
        await generation.Gone.WaitAsync(TimeSpan.FromSeconds(60));
        rig.Listeners.Forget(generation.Number);
    }

    private static async Task Send(int port, string text)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await socket.SendToAsync(Encoding.ASCII.GetBytes(text), new IPEndPoint(IPAddress.Parse("239.1.2.3"), port));
    }

    private static async Task<string> Ask(int port, bool udp)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = new Socket(AddressFamily.InterNetwork, udp ? SocketType.Dgram : SocketType.Stream, udp ? ProtocolType.Udp : ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        if (udp)
        {
            await socket.SendAsync("asks"u8.ToArray(), limit.Token);
        }

        var buffer = new byte[100];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token));
    }
}

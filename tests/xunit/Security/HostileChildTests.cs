using System.Globalization;
using System.Net;
using System.Net.Sockets;

using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;

using Xunit;
using Xunit.Abstractions;

namespace Aeterna.Tests.Security;

/// <summary>
/// A service of a real engine, with a user of its own, that calls whatever is trapped, with whatever arguments, from several processes and threads, while it
/// changes memory, exchanges links, uses its descriptors up and dies in the middle. For 15 seconds, or as many as AETERNA_FUZZ_SECONDS
/// says; the seed is in the output.
/// </summary>
public class HostileChildTests(ITestOutputHelper output)
{
    private const string Hostile = """
        import ctypes, os, random, resource, signal, socket, struct, sys, threading, time
        home, victim, seed, until = sys.argv[1], sys.argv[2], int(sys.argv[3]), time.monotonic() + float(sys.argv[4])
        libc = ctypes.CDLL(None, use_errno=True)
        os.chdir(home)
        for n in range(8):
            for d in ('d%d' % n, 'd%d/e' % n):
                try: os.mkdir(d)
                except OSError: pass
            try: os.symlink(victim if n % 2 else '../d%d/e' % n, 'l%d' % n)
            except OSError: pass
        shared = ctypes.create_string_buffer(256)

        def worker(seed, life):
            r = random.Random(seed)
            names = ['d%d' % n for n in range(8)] + ['l%d' % n for n in range(8)]
            def path():
                p = '/'.join([r.choice(['', '.', '..', home, '/proc/self/cwd', '/proc/self/fd/%d' % r.randrange(40), victim] + names) for _ in range(r.randrange(1, 4))])
                return (p + '/' + r.choice(['s', 'file', 'notify', '', '.', '..', 'x' * r.choice([1, 90, 5000])])).encode('utf-8', 'replace') + r.choice([b'', b'\xff'])
            def fd(): return r.choice([-1, -100, 0, 1, 2, 3, 4, 5, 6, 7, r.randrange(300), r.randrange(2**31)])
            def pointer(): return ctypes.c_void_p(r.choice([0, 1, ctypes.addressof(shared), ctypes.addressof(shared) + 250, r.randrange(2**48)]))
            def address():
                k = r.randrange(4)
                if k == 0: return struct.pack('=H', 1) + path()[:108]
                if k == 1: return struct.pack('=H', 2) + struct.pack('!H', r.choice([0, 79, 514, r.randrange(65536)])) + socket.inet_aton('127.0.0.1') + bytes(8)
                if k == 2: return struct.pack('=H', 10) + struct.pack('!H', r.randrange(65536)) + bytes(20) + b'\1' + bytes(4)
                return r.randbytes(r.randrange(120))
            def bind():
                s = socket.socket(r.choice([socket.AF_UNIX, socket.AF_INET, socket.AF_INET6]), r.choice([1, 2]))
                if r.randrange(2): s.setsockopt(1, 15, 1)
                a = address(); n = len(a)
                if r.randrange(2): ctypes.memmove(shared, a, min(n, 256)); p = ctypes.addressof(shared)
                else: b = ctypes.create_string_buffer(a, max(n, 1)); p = ctypes.addressof(b)
                if libc.bind(s.fileno(), ctypes.c_void_p(p), r.choice([n, 0, 2, 110, 2**31, n])) == 0: libc.listen(s.fileno(), r.randrange(-5, 200))
                if r.randrange(4) == 0: kept.append(s.detach())
            kept = []
            calls = [bind, bind, bind,
                lambda: libc.bind(fd(), pointer(), r.randrange(2**32)),
                lambda: libc.listen(fd(), r.randrange(2**31)), lambda: libc.shutdown(fd(), r.randrange(4)),
                lambda: libc.unlink(path()), lambda: libc.unlink(pointer()), lambda: libc.unlinkat(fd(), path(), r.choice([0, 0x200, r.randrange(2**31)])),
                lambda: libc.rename(path(), path()), lambda: libc.renameat(fd(), path(), fd(), path()), lambda: libc.renameat2(fd(), path(), fd(), pointer(), r.randrange(8)),
                lambda: libc.getsockname(fd(), pointer(), pointer()), lambda: libc.getpeername(fd(), pointer(), pointer()),
                lambda: libc.getsockopt(fd(), r.choice([0, 1, 6, 41]), r.randrange(80), pointer(), pointer()),
                lambda: libc.setsockopt(fd(), r.choice([0, 1, 6, 41]), r.randrange(80), pointer(), r.randrange(5000)),
                lambda: libc.close(r.randrange(3, 400)), lambda: libc.renameat2(-100, r.choice(names).encode(), -100, r.choice(names).encode(), 2),
                lambda: [os.open('/dev/null', 0) for _ in range(400)] if r.randrange(50) == 0 else None]
            end = min(until, time.monotonic() + life)
            while time.monotonic() < end:
                try: r.choice(calls)()
                except (OSError, ValueError): pass

        def scribble():
            r = random.Random(seed)
            while True: shared[r.randrange(256)] = r.randrange(256)

        resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
        n = 0
        children = set()
        while time.monotonic() < until:
            n += 1
            pid = os.fork()
            if pid == 0:
                signal.alarm(20)
                threading.Thread(target=scribble, daemon=True).start()
                for i in range(2): threading.Thread(target=worker, args=(seed + n * 10 + i, 3), daemon=True).start()
                worker(seed + n * 10 + 5, 2)
                os._exit(0)
            children.add(pid)
            time.sleep(0.05)
            if n % 2: os.kill(pid, signal.SIGKILL)
            while len(children) > 2: children.discard(os.waitpid(-1, 0)[0])
        for pid in children: os.kill(pid, signal.SIGKILL)
        open(home + '.done/done', 'w').close()
        while True: signal.pause()
        """;

    private const string Honest = "import socket, sys\ns = socket.create_server(('127.0.0.1', int(sys.argv[1])))\nwhile True:\n    c, _ = s.accept(); c.recv(100); c.sendall(b'honest'); c.close()\n";

    [RootTheory]
    [InlineData(false)]
    [InlineData(true)] // With it all calls are trapped.
    public async Task After_a_hostile_program_the_engine_serves_others_and_their_files_are_untouched(bool relayed)
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("AETERNA_FUZZ_SECONDS") ?? "15", CultureInfo.InvariantCulture) / 2;
        var seed = Random.Shared.Next(1_000_000);
        output.WriteLine($"seed {seed}");
        var (folder, port, other) = (Temp.Folder(), Ports.Next(), Ports.Next());
        File.SetUnixFileMode(folder, (UnixFileMode)0x1ED);
        var victim = Directory.CreateDirectory($"{folder}/victim").FullName;
        foreach (var name in new[] { "s", "file", "notify" })
        {
            File.WriteAllText($"{victim}/{name}", "precious");
        }

        var (home, done) = (Directory.CreateDirectory($"{folder}/home").FullName, Directory.CreateDirectory($"{folder}/home.done").FullName);
        Shell.Output("chown", $"{Attacker.User}:{Attacker.User}", home, done);
        File.WriteAllText($"{folder}/hostile.py", Hostile);
        File.WriteAllText($"{folder}/honest.py", Honest);
        await using var neighbour = await LiveEngine.Start(Service($"\"{folder}/honest.py\", \"{other}\"", other, relayed: true, ready: "listeners"));
        await using var engine = await LiveEngine.Start(
            Service($"\"FOLDER/hostile.py\", \"{home}\", \"{victim}\", \"{seed}\", \"{seconds.ToString(CultureInfo.InvariantCulture)}\"", port, relayed), folder);
        while (!File.Exists($"{done}/done"))
        {
            await Reload(neighbour, force: false);
            Assert.Equal("honest", await Ask(other));
        }

        Assert.Contains("captured", engine.Log, StringComparison.Ordinal);
        Assert.Equal(1, (await engine.Status()).Generation);
        engine.Configure(Service($"\"FOLDER/honest.py\", \"{port}\"", port, relayed));
        for (var i = 0; i < 2; i++)
        {
            await Reload(engine, force: true);
            await Listening(port); // Forced, and nobody has said what it has to bind.
            Assert.Equal("honest", await Ask(port));
        }

        await Reload(neighbour, force: false);
        Assert.Equal("honest", await Ask(other));
        Assert.DoesNotContain("the engine failed", engine.Log, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(victim), f => Assert.Equal("precious", File.ReadAllText(f)));
        Assert.Equal(["file", "notify", "s"], Directory.GetFileSystemEntries(victim).Select(f => Path.GetFileName(f)!).Order());
        Assert.Equal("0", Attacker.OwnerOf($"{victim}/file"));
        using var safe = Aeterna.Linux.Folder.OpenSafe(folder);
        Assert.Equal(0, safe.RemoveTree("home"));
    }

    private static async Task Reload(LiveEngine engine, bool force)
    {
        var reload = await engine.Reload(force: force);
        Assert.True(reload.Verdict == Verdict.Succeeded, $"{reload.Message}\n{engine.Log}");
    }

    private static string Service(string arguments, int port, bool relayed, string ready = "delay") => string.Create(CultureInfo.InvariantCulture, $$"""
        version: "v1"
        service:
          name: "NAME"
          user: nobody
          profile: none
          command: ["/usr/bin/python3", "-S", {{arguments}}]
          {{(relayed ? $"listeners: [ {{ name: in, address: \"tcp://127.0.0.1:{port}\", handoff: relay, framing: line }} ]" : "")}}
        orchestration: { startup: { ready: {{ready}} }, canary: { soak_time: "100ms", switch_timeout: "60s" }, drain: { timeout: "5s" } }

        """);

    private static Task Listening(int port) => Temp.Until(
        () =>
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            return socket.ConnectAsync(IPAddress.Loopback, port).ContinueWith(t => t.IsCompletedSuccessfully, TaskScheduler.Default).Result;
        },
        "the honest one listens");

    private static async Task<string> Ask(int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        await client.GetStream().WriteAsync("ask\n"u8.ToArray(), limit.Token);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync(limit.Token);
    }
}

using System.Net;
using System.Net.Sockets;

using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>What the broker shields, what it leaves alone, and which errors a program sees.</summary>
public class ShieldTests
{
    [Fact]
    public async Task The_accept_queue_of_a_held_socket_is_never_made_shorter()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var program = rig.StartPython(
            """
            import socket, sys, time
            s = socket.socket(); s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(2); s.listen(1)
            time.sleep(1000)
            """,
            $"{port}");
        Assert.Null(await program.WaitReady(Rig.Requires(Temp.Tcp(port)), default));

        // Nobody accepts; with a queue of 1 the third connection would already hang.
        List<Socket> clients = [];
        for (var i = 0; i < 100; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            clients.Add(client);
            await client.ConnectAsync(IPAddress.Loopback, port).WaitAsync(TimeSpan.FromSeconds(60));
        }

        clients.ForEach(c => c.Dispose());
        Assert.True(rig.Listeners.Report().Single().Backlog > 1000);
    }

    [Fact]
    public async Task Files_and_sockets_of_its_own_are_left_alone()
    {
        await using var rig = new Rig();
        var program = rig.StartPython(
            """
            import os, socket, sys
            d = sys.argv[1]
            open(d + '/a', 'w').close(); os.rename(d + '/a', d + '/b'); assert os.path.exists(d + '/b'); os.unlink(d + '/b')
            assert not os.path.exists(d + '/b')
            try: os.unlink(d + '/nothing'); sys.exit(3)
            except FileNotFoundError: pass
            c, s = socket.socketpair(); c.shutdown(socket.SHUT_RDWR); assert s.recv(1) == b''
            u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); assert u.getsockname()[1] > 0
            l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(1); assert l.getsockname()[1] > 0
            n = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); n.bind((0, 0))
            a = socket.socket(socket.AF_UNIX); a.bind('')
            p = socket.socket(socket.AF_UNIX); p.bind('%s/diagnostic-%d-1.sock' % (d, os.getpid()))
            try: socket.socket().bind(('203.0.113.7', 5)); sys.exit(4)
            except OSError as e: assert e.errno in (99, 13), e
            try: socket.socket(socket.AF_UNIX).bind(d + '/no/such/folder/s'); sys.exit(5)
            except FileNotFoundError: pass
            """,
            rig.Directory);
        Assert.Equal(0, (await program.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
        Assert.Empty(rig.Listeners.Report());
    }

    [Fact]
    public async Task A_socket_that_is_bound_under_a_passing_name_and_renamed_is_held_under_its_last_name()
    {
        const string program = """
            import os, socket, sys, time
            d = sys.argv[1]
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            if os.path.exists(d + '/s.tmp'): os.unlink(d + '/s.tmp')
            s.bind(d + '/s.tmp'); os.rename(d + '/s.tmp', d + '/s')
            open(d + '/bound-' + os.environ['AETERNA_GENERATION'], 'w').close()
            while True: open(d + '/got', 'ab').write(s.recv(100))
            """;
        await using var rig = new Rig();
        foreach (var number in new[] { 1, 2 })
        {
            var generation = rig.StartPython(program, rig.Directory);
            await Temp.Until(() => File.Exists($"{rig.Directory}/bound-{number}") || generation.Exited.IsCompleted, "the program has bound its socket");
            Assert.False(generation.Exited.IsCompleted);
            Assert.False(File.Exists($"{rig.Directory}/s.tmp"));
            Assert.True(File.Exists($"{rig.Directory}/s"));
            Assert.Single(rig.Listeners.Report());
            if (number == 1)
            {
                generation.Kill();
                await generation.Gone;
                rig.Listeners.Forget(1);
            }
        }

        using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        client.SendTo("hello"u8.ToArray(), new UnixDomainSocketEndPoint($"{rig.Directory}/s"));
        await Temp.Until(() => File.Exists($"{rig.Directory}/got"), "generation 2 receives what is sent to the last name");
    }

    [Theory]
    [InlineData("stream", "chance")]
    [InlineData("datagram", "chance")]
    [InlineData("stream", "pid")]
    [InlineData("datagram", "pid")]
    public async Task A_socket_that_is_bound_under_a_name_of_chance_and_renamed_is_the_held_one_then(string kind, string name)
    {
        const string program = """
            import os, select, socket, sys, tempfile
            kind, how, d = sys.argv[1:]
            gen = os.environ['AETERNA_GENERATION'].encode()
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if kind == 'stream' else socket.SOCK_DGRAM)
            name = tempfile.mktemp(dir=d) if how == 'chance' else '%s/s.%d' % (d, os.getpid())
            s.bind(name)
            if kind == 'stream': s.listen()
            ready = select.epoll(); ready.register(s.fileno(), select.EPOLLIN)
            os.rename(name, d + '/s')
            open(d + '/bound-' + gen.decode(), 'w').close()
            while True:
                ready.poll()
                if kind == 'stream': c, _ = s.accept(); c.sendall(gen); c.close()
                else: s.recv(100); open(d + '/got', 'ab').write(gen)
            """;
        await using var rig = new Rig();
        var handedOver = rig.Directory + "/s";
        async Task Start(int number)
        {
            var generation = rig.StartPython(program, kind, name, rig.Directory);
            await Temp.Until(() => File.Exists($"{rig.Directory}/bound-{number}") || generation.Exited.IsCompleted, "the program has bound its socket");
            Assert.False(generation.Exited.IsCompleted);
        }

        async Task End(int number)
        {
            rig.Generations[number - 1].Kill();
            await rig.Generations[number - 1].Gone;
            rig.Listeners.Forget(number);
        }

        string Ask()
        {
            using var client = new Socket(AddressFamily.Unix, kind == "stream" ? SocketType.Stream : SocketType.Dgram, ProtocolType.Unspecified);
            client.Connect(new UnixDomainSocketEndPoint(handedOver));
            if (kind == "stream")
            {
                var buffer = new byte[10];
                return System.Text.Encoding.ASCII.GetString(buffer, 0, client.Receive(buffer));
            }

            File.Delete($"{rig.Directory}/got");
            client.Send("x"u8.ToArray());
            SpinWait.SpinUntil(() => File.Exists($"{rig.Directory}/got") && File.ReadAllText($"{rig.Directory}/got").Length > 0, TimeSpan.FromSeconds(60));
            return File.ReadAllText($"{rig.Directory}/got");
        }

        await Start(1);
        Assert.Equal("1", Ask());
        await Start(2);
        Assert.Single(rig.Listeners.Report());
        Assert.Equal([1, 2], rig.Listeners.Report().Single().Generations);

        // A bad one goes, and the path stays with who has served before.
        await End(2);
        Assert.Equal("1", Ask());
        await Start(3);
        await End(1);
        Assert.Equal("3", Ask());
        Assert.Single(Directory.GetFiles(rig.Directory), f => Path.GetFileName(f) is "s" or ['s', '.', ..] or ['t', 'm', 'p', ..]);
        Assert.Equal($"{(kind == "stream" ? "unix" : "unixgram")}://{handedOver}", rig.Listeners.Report().Single().Address);
    }

    [Fact]
    public async Task One_passing_name_may_be_that_of_several_sockets_one_after_the_other()
    {
        const string program = """
            import os, socket, sys, time
            d = sys.argv[1]
            held = []
            for name in ('a', 'b'):
                s = socket.socket(socket.AF_UNIX); s.bind(d + '/tmp'); s.listen(); os.rename(d + '/tmp', d + '/' + name); held.append(s)
            open(d + '/inodes-new', 'w').write(str([os.fstat(s.fileno()).st_ino for s in held]))
            os.rename(d + '/inodes-new', d + '/inodes-' + os.environ['AETERNA_GENERATION'])
            time.sleep(1000)
            """;
        await using var rig = new Rig();
        foreach (var number in new[] { 1, 2 })
        {
            var generation = rig.StartPython(program, rig.Directory);
            await Temp.Until(() => File.Exists($"{rig.Directory}/inodes-{number}") || generation.Exited.IsCompleted, "both are bound");
            Assert.Equal([$"unix://{rig.Directory}/a", $"unix://{rig.Directory}/b"], rig.Listeners.Report().Select(l => l.Address));
        }

        Assert.Equal(File.ReadAllText($"{rig.Directory}/inodes-1"), File.ReadAllText($"{rig.Directory}/inodes-2"));
    }

    [Fact]
    public async Task A_path_that_somebody_removed_is_bound_anew()
    {
        await using var rig = new Rig();
        var path = Path.Combine(rig.Directory, "s");
        var first = rig.StartPython(CaptureTests.Server, "unixgram", path);
        Assert.Null(await first.WaitReady(Rig.Requires(), default));
        File.Delete(path);
        var second = rig.StartPython(CaptureTests.Server, "unixgram", path);
        Assert.Null(await second.WaitReady(Rig.Requires(Temp.Address($"unixgram://{path}")), default));
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task Who_removes_a_folder_by_the_name_of_a_held_socket_hears_that_it_is_none()
    {
        await using var rig = new Rig();
        var program = rig.StartPython(
            """
            import ctypes, errno, socket, sys
            AT_FDCWD, AT_REMOVEDIR = -100, 0x200
            libc = ctypes.CDLL(None, use_errno=True)
            s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
            assert libc.unlinkat(AT_FDCWD, sys.argv[1].encode(), AT_REMOVEDIR) == -1, 'removed'
            assert ctypes.get_errno() == errno.ENOTDIR, ctypes.get_errno()
            """,
            Path.Combine(rig.Directory, "s"));
        Assert.Equal(0, (await program.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
    }

    [Theory]
    [InlineData("RENAME_NOREPLACE", "errno.EEXIST")]
    [InlineData("RENAME_EXCHANGE", "0")]
    public async Task A_held_name_is_renamed_as_the_program_wishes(string flag, string error)
    {
        await using var rig = new Rig();
        var program = rig.StartPython(
            $"""
            import ctypes, errno, os, socket, stat, sys
            AT_FDCWD, RENAME_NOREPLACE, RENAME_EXCHANGE = -100, 1, 2
            libc = ctypes.CDLL(None, use_errno=True)
            d = os.fsencode(sys.argv[1])
            s = socket.socket(socket.AF_UNIX); s.bind(d + b'/s'); s.listen()
            open(d + b'/other', 'w').close()
            result = libc.renameat2(AT_FDCWD, d + b'/s', AT_FDCWD, d + b'/other', {flag})
            assert (ctypes.get_errno() if result else 0) == {error}, (result, ctypes.get_errno())
            assert [stat.S_ISSOCK(os.stat(d + n).st_mode) for n in (b'/s', b'/other')] == [{flag} == RENAME_NOREPLACE, {flag} == RENAME_EXCHANGE]
            """,
            rig.Directory);
        Assert.Equal(0, (await program.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
    }

    [Fact]
    public async Task Binding_an_address_twice_in_one_generation_fails_as_the_kernel_has_it()
    {
        await using var rig = new Rig();
        var program = rig.StartPython(
            """
            import errno, socket, sys
            a, b = socket.socket(), socket.socket()
            a.bind(('127.0.0.1', int(sys.argv[1]))); a.listen()
            try: b.bind(('127.0.0.1', int(sys.argv[1]))); sys.exit(3)
            except OSError as e: assert e.errno == errno.EADDRINUSE
            a.close(); b.bind(('127.0.0.1', int(sys.argv[1]))); b.listen()
            """,
            $"{Ports.Next()}");
        Assert.Equal(0, (await program.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
    }

    [Fact]
    public async Task Several_sockets_of_a_reuseport_group_are_held_one_by_one()
    {
        const string program = """
            import os, socket, sys, time
            held = []
            for i in range(3):
                s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(); held.append(s)
            print(sorted(os.fstat(s.fileno()).st_ino for s in held))
            open(sys.argv[2] + '.tmp', 'w').write(str(sorted(os.fstat(s.fileno()).st_ino for s in held)))
            os.rename(sys.argv[2] + '.tmp', sys.argv[2])
            time.sleep(1000)
            """;
        await using var rig = new Rig();
        var port = Ports.Next();
        var inodes = new string[2];
        for (var i = 0; i < 2; i++)
        {
            var file = Path.Combine(rig.Directory, $"inodes-{i}");
            rig.StartPython(program, $"{port}", file);
            await Temp.Until(() => File.Exists(file), "three sockets are bound");
            inodes[i] = File.ReadAllText(file);
        }

        Assert.Equal(3, rig.Listeners.Report().Count);
        Assert.Equal(inodes[0], inodes[1]);
    }

    [RootFact]
    public async Task A_program_without_the_privilege_does_not_get_a_low_port_from_the_engine()
    {
        await using var rig = new Rig();
        File.SetUnixFileMode(rig.Directory, (UnixFileMode)1023);
        var script = Path.Combine(rig.Directory, "low.py");
        File.WriteAllText(script, "import errno, socket, sys\ntry: socket.socket().bind(('127.0.0.1', 79))\nexcept OSError as e: sys.exit(e.errno)");
        var service = new ServicePlan { Name = "test", Command = ["/usr/bin/python3", "-S", script], User = "nobody" };
        Assert.Equal(Errno.EACCES, (await rig.Start(service).Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
    }

    [RootFact]
    public async Task A_socket_file_belongs_to_the_program_and_has_its_umask()
    {
        await using var rig = new Rig();
        File.SetUnixFileMode(rig.Directory, (UnixFileMode)1023);
        var script = Path.Combine(rig.Directory, "own.py");
        File.WriteAllText(script, "import os, socket, time\nos.chdir(os.environ['D']); s = socket.socket(socket.AF_UNIX); s.bind('s'); s.listen(); time.sleep(1000)");
        rig.Start(new ServicePlan
        {
            Name = "test",
            Command = ["/usr/bin/python3", "-S", script],
            User = "nobody",
            Umask = 0x3F, // 077
            Env = [$"D={rig.Directory}"],
        });
        var path = Path.Combine(rig.Directory, "s");
        await Temp.Until(() => File.Exists(path), "the socket is bound");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        Assert.Equal("nobody", Shell.Output("stat", "-c", "%U", path).Trim());
        Assert.Equal($"unix://{path}", rig.Listeners.Report().Single().Address);
    }
}

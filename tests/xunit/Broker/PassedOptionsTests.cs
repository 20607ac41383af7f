using System.Net.Sockets;
using System.Text.Json;

using Aeterna.Broker;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>What a service without privileges can do to its relayed connections by way of the engine.</summary>
public class PassedOptionsTests
{
    private const string Options = """
        import errno, json, socket, sys
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(5)
        c, _ = s.accept()
        said = {}
        def tell(name, action):
            try: said[name] = action()
            except OSError as e: said[name] = errno.errorcode[e.errno]
        for (name, on) in (('connection', c), ('listener', s)):
            tell(name + ' transparent', lambda: on.setsockopt(0, 19, 1))
            tell(name + ' freebind6', lambda: on.setsockopt(41, 78, 1))
            tell(name + ' repair', lambda: on.setsockopt(6, 19, 1))
            tell(name + ' congestion', lambda: on.setsockopt(6, 13, b'reno'))
            tell(name + ' ulp', lambda: on.setsockopt(6, 31, b'tls'))
            tell(name + ' options', lambda: on.setsockopt(0, 4, b'\x01\x01\x01\x00'))
            tell(name + ' tables', lambda: on.setsockopt(0, 64, b'\0' * 100))
            tell(name + ' read tables', lambda: len(on.getsockopt(0, 64, 84)))
            tell(name + ' long', lambda: on.setsockopt(6, 1, b'\0' * 5000))
            tell(name + ' nodelay', lambda: on.setsockopt(6, 1, 1))
            tell(name + ' read nodelay', lambda: on.getsockopt(6, 1))
            tell(name + ' tos', lambda: on.setsockopt(0, 1, 16))
            tell(name + ' read tos', lambda: on.getsockopt(0, 1))
            tell(name + ' read congestion', lambda: len(on.getsockopt(6, 13, 16)) > 0)
            tell(name + ' read info', lambda: len(on.getsockopt(6, 11, 100)))
            tell(name + ' keepalive', lambda: on.setsockopt(1, 9, 1))
            tell(name + ' read keepalive', lambda: on.getsockopt(1, 9))
        c.recv(100); c.sendall(json.dumps(said).encode()); c.close()
        """;

    [RootFact]
    public async Task Only_what_needs_no_privilege_is_passed_on_and_a_service_of_another_user_is_served()
    {
        await using var rig = new Rig();
        var (port, script) = (Ports.Next(), Path.Combine(rig.Directory, "options.py"));
        File.WriteAllText(script, Options);
        File.SetUnixFileMode(rig.Directory, (UnixFileMode)0x1ED);
        var address = Temp.Tcp(port);
        ListenerPlan[] listeners = [new() { Name = "in", Address = address, Handoff = Handoff.Relay, Framing = FramingKind.Line }];
        rig.Listeners.Configure(listeners);
        var generation = rig.Start(new ServicePlan { Name = "test", Command = ["/usr/bin/python3", "-S", "-u", script, $"{port}"], Listeners = listeners, User = "nobody" });
        Assert.Null(await generation.WaitReady(Rig.Requires(address), default));
        rig.Listeners.Traffic.Direct(new Route(1));

        using var client = new TcpClient("127.0.0.1", port);
        await client.GetStream().WriteAsync("hello\n"u8.ToArray());
        var said = JsonDocument.Parse(await new StreamReader(client.GetStream()).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60))).RootElement;
        foreach (var on in new[] { "connection", "listener" })
        {
            foreach (var refused in new[] { "transparent", "freebind6", "repair", "congestion", "ulp", "options", "tables" })
            {
                Assert.Equal("EPERM", said.GetProperty($"{on} {refused}").GetString());
            }

            Assert.Equal("ENOPROTOOPT", said.GetProperty($"{on} read tables").GetString());
            Assert.Equal("EFAULT", said.GetProperty($"{on} long").GetString());
            Assert.Equal(JsonValueKind.Null, said.GetProperty($"{on} nodelay").ValueKind);
            Assert.Equal(1, said.GetProperty($"{on} read nodelay").GetInt32());
            Assert.Equal(16, said.GetProperty($"{on} read tos").GetInt32());
            Assert.True(said.GetProperty($"{on} read congestion").GetBoolean());
            Assert.Equal(100, said.GetProperty($"{on} read info").GetInt32());
            Assert.Equal(1, said.GetProperty($"{on} read keepalive").GetInt32());
        }
    }

    [Fact]
    public void What_may_be_set_may_be_read()
    {
        foreach (var level in new[] { Libc.IPPROTO_IP, Libc.IPPROTO_TCP, Libc.IPPROTO_IPV6 })
        {
            Assert.All(Enumerable.Range(0, 256).Where(name => PassedOptions.MaySet(level, name)), name => Assert.True(PassedOptions.MayRead(level, name)));
        }
    }
}

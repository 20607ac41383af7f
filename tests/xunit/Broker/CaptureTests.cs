using System.Net.Sockets;

using Aeterna.Broker;
using Aeterna.Load;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>Sockets of unmodified programs are captured from the first generation and given to the next.</summary>
public class CaptureTests
{
    /// <summary>Answers each connection and each datagram with its generation; exits at SIGTERM, unlinking its path as rsyslogd does.</summary>
    internal const string Server = """
        import os, select, signal, socket, sys, threading
        # A thread and no handler: see PythonSignals.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        kind, where = sys.argv[1], sys.argv[2]
        gen = os.environ['AETERNA_GENERATION'].encode()
        families = {'tcp': (socket.AF_INET, socket.SOCK_STREAM), 'tcp6': (socket.AF_INET6, socket.SOCK_STREAM),
                    'udp': (socket.AF_INET, socket.SOCK_DGRAM), 'unix': (socket.AF_UNIX, socket.SOCK_STREAM),
                    'unixgram': (socket.AF_UNIX, socket.SOCK_DGRAM)}
        family, type = families[kind]
        s = socket.socket(family, type)
        if family == socket.AF_UNIX:
            address = '\0' + where[1:] if where[0] == '@' else where
            if where[0] != '@' and os.path.exists(where): os.unlink(where)
        else:
            address = ('::1' if kind == 'tcp6' else '127.0.0.1', int(where))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(address)
        if type == socket.SOCK_STREAM: s.listen(3)
        def stop():
            signal.sigwait([signal.SIGTERM])
            if family == socket.AF_UNIX and where[0] != '@': os.unlink(where)
            try: s.shutdown(socket.SHUT_RDWR)
            except OSError: pass
            os._exit(0)
        threading.Thread(target=stop, daemon=True).start()
        while True:
            if type == socket.SOCK_STREAM:
                c, _ = s.accept(); c.sendall(gen); c.close()
            else:
                _, peer = s.recvfrom(100); s.sendto(gen, peer)
        """;

    [Theory]
    [InlineData("tcp")]
    [InlineData("tcp6")]
    [InlineData("udp")]
    [InlineData("unix")]
    [InlineData("unixgram")]
    [InlineData("@unix")]
    public async Task A_second_generation_serves_the_socket_of_the_first(string kind)
    {
        await using var rig = new Rig();
        var isAbstract = kind.StartsWith('@');
        kind = kind.TrimStart('@');
        var port = Ports.Next();
        var where = kind.StartsWith("unix", StringComparison.Ordinal)
            ? (isAbstract ? $"@aet-{Guid.NewGuid():N}" : Path.Combine(rig.Directory, "s"))
            : $"{port}";
        var first = rig.StartPython(Server, kind, where);
        Assert.Null(await first.WaitReady(Rig.Requires(), default));
        var address = Assert.Single(rig.Listeners.HeldBy(1));
        Assert.Equal("1", await Ask(kind, where));

        var second = rig.StartPython(Server, kind, where);
        Assert.Null(await second.WaitReady(Rig.Requires(address), default));
        first.Signal(15);
        Assert.True((await first.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Clean);
        rig.Listeners.Forget(1);

        // The first one has unlinked its path and shut its socket down by now.
        Assert.Equal("2", await Ask(kind, where));
        Assert.Empty(rig.Listeners.ReleaseUnused());
        Assert.Equal([address], rig.Listeners.HeldBy(2));
    }

    [Fact]
    public async Task A_client_that_connects_while_nobody_lives_is_served_by_the_next_generation()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var first = rig.StartPython(Server, "tcp", $"{port}");
        Assert.Null(await first.WaitReady(Rig.Requires(), default));
        first.Signal(9);
        await first.Gone.WaitAsync(TimeSpan.FromSeconds(60));
        rig.Listeners.Forget(1);

        var waiting = Ask("tcp", $"{port}");
        var second = rig.StartPython(Server, "tcp", $"{port}");
        Assert.Null(await second.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        Assert.Equal("2", await waiting);
    }

    [Fact]
    public async Task The_path_of_a_held_socket_is_there_until_it_is_released()
    {
        await using var rig = new Rig();
        var path = Path.Combine(rig.Directory, "s");
        var first = rig.StartPython(Server, "unixgram", path);
        Assert.Null(await first.WaitReady(Rig.Requires(), default));
        first.Signal(15);
        await first.Gone.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(File.Exists(path));
        Assert.Contains((TrappedCall.Unlink, AnswerKind.Done), rig.Traps);
        Assert.Contains((TrappedCall.Shutdown, AnswerKind.Done), rig.Traps);
        rig.Listeners.Forget(1);
        Assert.Single(rig.Listeners.ReleaseUnused());
        Assert.False(File.Exists(path));
    }

    private static async Task<string> Ask(string kind, string where)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var unix = kind.StartsWith("unix", StringComparison.Ordinal);
        var stream = kind is "tcp" or "tcp6" or "unix";
        using var socket = new Socket(
            unix ? AddressFamily.Unix : kind == "tcp6" ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork,
            stream ? SocketType.Stream : SocketType.Dgram,
            unix ? ProtocolType.Unspecified : stream ? ProtocolType.Tcp : ProtocolType.Udp);
        if (kind == "unixgram")
        {
            socket.Bind(new UnixDomainSocketEndPoint($"\0reply-{Guid.NewGuid():N}"));
        }

        var address = where.StartsWith('@') ? "\0" + where[1..] : where;
        if (unix)
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(address), limit.Token);
        }
        else
        {
            await socket.ConnectAsync(kind == "tcp6" ? "::1" : "127.0.0.1", int.Parse(where, System.Globalization.CultureInfo.InvariantCulture), limit.Token);
        }

        var buffer = new byte[10];
        if (!stream)
        {
            await socket.SendAsync("x"u8.ToArray(), limit.Token);
        }

        var length = await socket.ReceiveAsync(buffer, limit.Token);
        return System.Text.Encoding.ASCII.GetString(buffer, 0, length);
    }
}

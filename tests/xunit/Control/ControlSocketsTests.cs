using System.Net;
using System.Net.Sockets;
using Aeterna.Configuration;
using Aeterna.Control;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Telemetry;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Control;

public sealed class ControlSocketsTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly EngineNotices _notices = new();

    private string Run => _scratch.Path;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Only_the_owner_may_use_the_socket()
    {
        using var sockets = Open("control.sock");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_scratch["control.sock"]));
    }

    [Fact]
    public void The_socket_of_a_dead_engine_is_replaced()
    {
        LeaveStaleSocket(_scratch["control.sock"]);
        using var sockets = Open("control.sock");

        Assert.Empty(_notices.All());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Outside_the_run_directory_a_living_socket_is_left_alone_and_a_dead_one_replaced(bool alive)
    {
        Directory.CreateDirectory(_scratch["else"]);
        var path = _scratch["else/c.sock"];
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (alive)
        {
            other.Bind(new UnixDomainSocketEndPoint(path));
            other.Listen();
            var refusal = Assert.Throws<EngineStartException>(() => Open("else/c.sock"));
            Assert.Equal($"cannot start rsyslogd: cannot open the control socket {path}: another process listens on it (control.socket can name another path)", refusal.Message);
            Assert.True(File.Exists(path));
        }
        else
        {
            LeaveStaleSocket(path);
            Open("else/c.sock").Dispose();
        }
    }

    [Fact]
    public void A_file_that_is_no_socket_is_never_deleted()
    {
        File.WriteAllText(_scratch["control.sock"], "precious");

        Assert.Contains("something else than a socket", Assert.Throws<EngineStartException>(() => Open("control.sock")).Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_scratch["control.sock"]));
    }

    [Theory]
    [InlineData("missing/c.sock")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789.sock")]
    public void A_path_that_cannot_be_bound_is_said_in_one_sentence(string name) =>
        Assert.StartsWith(
            $"cannot start rsyslogd: cannot open the control socket {_scratch[name]}: ", Assert.Throws<EngineStartException>(() => Open(name)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_taken_port_is_a_warning_only()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = (IPEndPoint)taken.LocalEndpoint;

        using var sockets = Open("control.sock", address);

        Assert.Empty(sockets.Tcp);
        Assert.Contains($"cannot listen on {address} (observability.metrics_port): ", _notices.All().Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_engines_never_share_a_port()
    {
        var address = new IPEndPoint(IPAddress.Loopback, Ports.Next());
        using var first = Open("control.sock", address);
        using var second = Open("second.sock", address);

        Assert.Single(first.Tcp);
        Assert.Empty(second.Tcp);
    }

    [Fact]
    public void An_address_that_is_named_twice_is_opened_once()
    {
        var address = new IPEndPoint(IPAddress.Loopback, Ports.Next());
        using var sockets = Open("control.sock", address, address);

        Assert.Single(sockets.Tcp);
        Assert.Empty(_notices.All());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_successor_tries_a_taken_port_again(bool isFree)
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, Ports.Next()));
        taken.Listen();
        var address = (IPEndPoint)taken.LocalEndPoint!;
        using var before = Open("control.sock", address);
        if (isFree)
        {
            taken.Dispose();
        }

        var (file, sockets) = before.State();
        var notices = new EngineNotices();
        using var successor = ControlSockets.From(
            new ControlSocketsState(file with { Folder = Copy(file.Folder) }, [.. sockets.Select(s => s with { Fd = Copy(s.Fd) })]), PlanOf(address, null), Paths("control.sock"), notices);

        Assert.Equal(isFree ? [address] : [], successor.Tcp);
        Assert.Equal(isFree ? 0 : 1, notices.All().Count);
        successor.Take(new UnixDomainSocketEndPoint(_scratch["control.sock"])).Dispose();
    }

    private static int Copy(int fd) => Errno.ThrowIfFailed(LibC.fcntl(fd, Libc.F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC)");

    private ControlSockets Open(string socket, IPEndPoint? metrics = null, IPEndPoint? listen = null) =>
        ControlSockets.Open(PlanOf(metrics, listen), Paths(socket), _notices);

    private EnginePaths Paths(string socket) => new(Run, _scratch[socket], _scratch["h"]);

    private static Plan PlanOf(IPEndPoint? metrics, IPEndPoint? listen) => new()
    {
        SourcePath = "/a.yaml",
        SourceSha256 = "",
        Service = new ServicePlan { Name = "rsyslogd", Command = ["/bin/true"] },
        Observability = new ObservabilityPlan { Metrics = metrics },
        Control = new ControlPlan { Listen = listen },
    };

    // .NET unlinks the path when it closes the socket; a killed process does not.
    private static void LeaveStaleSocket(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + "~"));
        File.Move(path + "~", path);
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Aeterna.Health;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Health;

/// <summary>The probes against real sockets on loopback.</summary>
public class ProbeTests
{
    [Theory]
    [InlineData("200 OK", true)]
    [InlineData("204 No Content", true)]
    [InlineData("302 Found\r\nLocation: http://127.0.0.1:1/", false)]
    [InlineData("404 Not Found", false)]
    [InlineData("503 Service Unavailable", false)]
    public async Task Http_takes_2xx_alone_and_does_not_follow_redirects(string status, bool healthy)
    {
        await using var server = new LineServer($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        var result = await Http(server.Port).Run(default);
        Assert.Equal(healthy, result.Healthy);
        Assert.StartsWith(status[..3], result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_makes_a_fresh_connection_each_time()
    {
        await using var server = new LineServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok");
        var probe = Http(server.Port);
        for (var i = 1; i <= 3; i++)
        {
            Assert.True((await probe.Run(default)).Healthy);
            Assert.Equal(i, server.Accepted);
        }
    }

    [Fact]
    public async Task Http_does_not_wait_for_a_body_without_end()
    {
        await using var server = new LineServer("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\nx");
        Assert.True((await Http(server.Port).Run(default)).Healthy);
    }

    [Fact]
    public async Task A_closed_port_is_connection_refused()
    {
        var port = Ports.Next();
        Assert.Equal(ProbeResult.Bad("connection refused"), await Http(port).Run(default));
        Assert.Equal(ProbeResult.Bad("connection refused"), await Connect($"tcp://127.0.0.1:{port}").Run(default));
    }

    [Fact]
    public async Task A_server_that_never_answers_is_bad_after_the_timeout()
    {
        await using var server = new LineServer("");
        var time = new ManualTime();
        var run = Http(server.Port, time).Run(default);
        await server.FirstRequest;
        Assert.False(run.IsCompleted);
        await time.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(ProbeResult.Bad("no answer within 2s"), await run);
    }

    [Fact]
    public async Task Junk_in_place_of_http_is_bad_and_does_not_throw()
    {
        await using var server = new LineServer("\0\0\0 not http \r\n\r\n");
        Assert.False((await Http(server.Port).Run(default)).Healthy);
    }

    [Fact]
    public async Task Cancelling_is_not_a_result()
    {
        await using var server = new LineServer("");
        using var cancel = new CancellationTokenSource();
        var run = Http(server.Port).Run(cancel.Token);
        await server.FirstRequest;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Connect_takes_a_tcp_and_a_unix_listener()
    {
        await using var server = new LineServer("");
        Assert.True((await Connect($"tcp://127.0.0.1:{server.Port}").Run(default)).Healthy);

        var name = $"aeterna-test-{Guid.NewGuid():N}";
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint("\0" + name));
        listener.Listen();
        Assert.True((await Connect($"unix:@{name}").Run(default)).Healthy);
        Assert.False((await Connect($"unix:@{name}-not").Run(default)).Healthy);
    }

    [Fact]
    public async Task Command_and_process_say_what_they_were_told()
    {
        var command = new CommandProbe(["/bin/x", "a"], new HealthCheckPlan(), (words, timeout, _) =>
            Task.FromResult(ProbeResult.Bad($"{string.Join(' ', words)} {timeout.TotalSeconds}")));
        Assert.Equal("/bin/x a 2", (await command.Run(default)).Detail);
        Assert.Equal(ProbeResult.Good("alive"), await new ProcessProbe(() => null).Run(default));
        Assert.Equal(ProbeResult.Bad("ended with exit code 1"), await new ProcessProbe(() => "ended with exit code 1").Run(default));
    }

    private static HttpProbe Http(int port, TimeProvider? time = null) =>
        new(new Uri($"http://127.0.0.1:{port}/health"), Plan(time), time ?? TimeProvider.System);

    private static ConnectProbe Connect(string address)
    {
        Assert.True(ListenerAddress.TryParse(address, out var parsed, out _));
        return new ConnectProbe(parsed!, Plan(null), TimeProvider.System);
    }

    // Real time is given generously: only the test with a clock of its own is about the timeout.
    private static HealthCheckPlan Plan(TimeProvider? time) =>
        new() { Timeout = TimeSpan.FromSeconds(time is null ? 60 : 2) };

    /// <summary>Answers each connection's first bytes with a fixed text and keeps the connection open.</summary>
    private sealed class LineServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly List<TcpClient> _clients = [];
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _stop = new();
        private readonly byte[] _answer;
        private readonly Task _loop;
        private int _accepted;

        public LineServer(string answer)
        {
            _answer = Encoding.ASCII.GetBytes(answer);
            _listener.Start();
            _loop = Serve();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Accepted => Volatile.Read(ref _accepted);

        public Task FirstRequest => _first.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _loop;
            _listener.Dispose();
            _clients.ForEach(client => client.Dispose());
            _stop.Dispose();
        }

        private async Task Serve()
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    _clients.Add(client);
                    Interlocked.Increment(ref _accepted);
                    _ = await client.GetStream().ReadAsync(new byte[4096], _stop.Token);
                    _first.TrySetResult();
                    await client.GetStream().WriteAsync(_answer, _stop.Token);
                }
                catch (Exception e) when (e is IOException or OperationCanceledException)
                {
                    // The client went away, or the test is over; the loop's condition tells which.
                }
            }
        }
    }
}

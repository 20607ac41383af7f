using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aeterna.Cli;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

public sealed class FindingEngineTests : IDisposable
{
    private readonly CliRig _cli = new();
    private readonly List<Socket> _sockets = [];

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _cli.Dispose();
    }

    [Fact]
    public async Task The_only_service_need_not_be_named_and_dead_ones_do_not_count()
    {
        await using var engine = await ControlRig.Start(metrics: false);
        Leave("dead");
        Directory.CreateDirectory(_cli.Scratch["aeterna/empty"]);
        Directory.CreateDirectory(_cli.Scratch["aeterna/rsyslogd"]);
        File.CreateSymbolicLink(_cli.Scratch["aeterna/rsyslogd/control.sock"], engine.Socket);

        var result = await _cli.Run("status");

        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
        Assert.Equal(ExitCode.Done, (await _cli.Run("status", "-n", "rsyslogd")).ExitCode);
        Assert.Contains(
            "aeterna watch -n rsyslogd", (await _cli.Run("reload", "-n", "rsyslogd")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_services_have_to_be_named()
    {
        Listen("nginx");
        Listen("rsyslogd");

        var result = await _cli.Run("reload");

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Equal("cannot tell which service is meant: nginx, rsyslogd are running (name one by -n)\n", result.Error);
    }

    [Fact]
    public async Task One_of_several_that_does_not_answer_has_a_line_all_the_same()
    {
        await using var engine = await ControlRig.Start(metrics: false);
        Directory.CreateDirectory(_cli.Scratch["aeterna/rsyslogd"]);
        File.CreateSymbolicLink(_cli.Scratch["aeterna/rsyslogd/control.sock"], engine.Socket);
        Listen("nginx");

        // Both at once, since both wait for an answer that does not come.
        var (asking, askingForJson) = (_cli.Run("status"), _cli.Run("status", "--json"));
        var (result, json) = (await asking, await askingForJson);

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Matches("(?m)^nginx +UNKNOWN +- +- +- +cannot read the status of nginx: the engine did not answer within 5s ", result.Out);
        Assert.Equal(ExitCode.Failed, json.ExitCode);
        var services = json.Out.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["nginx", "rsyslogd"], services.Select(service => service.GetProperty("service").GetString()));
        Assert.Equal(["UNKNOWN", "RUNNING"], services.Select(service => service.GetProperty("fsm_state").GetString()));
        Assert.StartsWith("cannot read the status of nginx: the engine did not answer", services[0].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Matches("(?m)^rsyslogd +RUNNING +100 +48h20m +20", result.Out);
    }

    [Fact]
    public async Task With_none_running_it_says_how_to_start_one()
    {
        var result = await _cli.Run("status");

        Assert.Equal(ExitCode.NotRunning, result.ExitCode);
        Assert.StartsWith("cannot find the service: no engine is running under ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dead")]
    [InlineData("missing")]
    public async Task A_dead_engine_is_not_running(string name)
    {
        Leave("dead");
        var result = await _cli.Run("status", "-n", name);

        Assert.Equal(ExitCode.NotRunning, result.ExitCode);
        Assert.Equal($"cannot read the status of {name}: no engine is running there (aeterna start -c FILE starts one)\n", result.Error);
    }

    [Fact]
    public async Task An_engine_that_hangs_is_given_up_on()
    {
        Listen("rsyslogd");
        using var client = new ControlClient(
            CliTargets.OfService("rsyslogd", _cli.Scratch["aeterna/rsyslogd/control.sock"]), TimeSpan.FromMilliseconds(200));

        var failure = await Assert.ThrowsAsync<EngineException>(() => client.Status(default));

        Assert.Equal(EngineError.Timeout, failure.Error);
        Assert.StartsWith("cannot read the status of rsyslogd: the engine did not answer within 200ms (", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"contract_version":2,"engine_version":"9.0","new_shape":true}""", "the engine speaks version 2 of the control API and this program version 1 (use the aeterna program of version 9.0)")]
    [InlineData("""{"contract_version":1}""", "the answer is not one that an engine gives")]
    [InlineData("[]", "the answer is not one that an engine gives")]
    [InlineData("<html>", "the answer is not one that an engine gives")]
    public async Task An_answer_of_another_version_or_of_no_engine_is_refused(string body, string expected)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var answering = Answer(server, $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");

        var result = await _cli.Run("status", "--url", $"http://{server.LocalEndpoint}");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        await answering;
    }

    [Fact]
    public async Task A_token_is_read_from_its_file()
    {
        File.WriteAllText(_cli.Scratch["token"], " 0123456789abcdef0123\n");
        await using var engine = await ControlRig.Start(control => control with { TokenFile = _cli.Scratch["token"] });
        File.WriteAllText(_cli.Scratch["wrong"], "0123456789abcdef9999");
        var url = $"http://127.0.0.1:{engine.Port}";

        Assert.Equal(ExitCode.Done, (await _cli.Run("status", "--url", url, "--token-file", _cli.Scratch["token"])).ExitCode);
        var wrong = await _cli.Run("status", "--url", url, "--token-file", _cli.Scratch["wrong"]);
        Assert.Equal(ExitCode.Failed, wrong.ExitCode);
        Assert.Contains("the token is not the one", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await _cli.Run("status", "--url", url, "--token-file", _cli.Scratch["none"])).ExitCode);
        Assert.Equal(ExitCode.Usage, (await _cli.Run("status", "--token-file", _cli.Scratch["token"])).ExitCode);
    }

    private static async Task Answer(TcpListener server, string response)
    {
        using var client = await server.AcceptTcpClientAsync();
        var buffer = new byte[4096];
        _ = await client.GetStream().ReadAsync(buffer);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(response));
    }

    // Somebody who listens and never answers.
    private void Listen(string name)
    {
        Directory.CreateDirectory(_cli.Scratch[$"aeterna/{name}"]);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _sockets.Add(socket);
        socket.Bind(new UnixDomainSocketEndPoint(_cli.Scratch[$"aeterna/{name}/control.sock"]));
        socket.Listen();
    }

    private void Leave(string name)
    {
        Directory.CreateDirectory(_cli.Scratch[$"aeterna/{name}"]);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_cli.Scratch[$"aeterna/{name}/x"]));
        File.Move(_cli.Scratch[$"aeterna/{name}/x"], _cli.Scratch[$"aeterna/{name}/control.sock"]);
    }
}

using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests;

/// <summary>Engines as processes of their own, with a scripted service.</summary>
public sealed class EngineHostTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly EngineProcess _engine;

    public EngineHostTests() => _engine = new EngineProcess(_scratch);

    public void Dispose()
    {
        _engine.KillWhatIsLeft();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Runs_reloads_on_SIGHUP_and_stops_on_SIGTERM_leaving_nothing_behind()
    {
        _engine.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:1";
        using var process = _engine.Start("start", "-c", _engine.Config());
        var error = process.StandardError.ReadToEndAsync();
        await _engine.Answers();

        EngineProcess.Signal(process.Id, "HUP");
        await Waiting.Until(() => _engine.Run("history", "-n", "demo", "--json").Result.Out.Contains("\"r1\"", StringComparison.Ordinal));
        EngineProcess.Signal(process.Id, "TERM");

        Assert.Equal(ExitCode.Done, await EngineProcess.End(process));
        Assert.Empty(Directory.GetFileSystemEntries(_engine.RunDirectory));
        Assert.Equal(["r1.json", "start1.json"], Directory.GetFiles(_scratch["state/aeterna/demo"]).Select(f => Path.GetFileName(f)!).Order());
        var log = await error;
        Assert.Matches(@"(?m)^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ info  SIGHUP came: reload$", log);
        Assert.Contains("info  SIGTERM came: stop with a drain", log, StringComparison.Ordinal);
        Assert.Contains("info  drained", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_engine_of_the_name_is_refused_and_a_killed_one_replaced()
    {
        var config = _engine.Config();
        using var first = _engine.Start("start", "-c", config);
        await _engine.Answers();

        var second = await _engine.Run("start", "-c", config);
        Assert.Equal(ExitCode.Failed, second.ExitCode);
        Assert.Equal(
            $"cannot start demo: an engine with this name is running as pid {first.Id} (aeterna status -n demo, or aeterna stop -n demo)\n", second.Error);
        await _engine.Answers();

        first.Kill();
        await EngineProcess.End(first);
        Assert.True(File.Exists(_engine.Socket));
        Assert.Equal(ExitCode.NotRunning, (await _engine.Run("status", "-n", "demo")).ExitCode);
        using var third = _engine.Start("start", "-c", config);
        await _engine.Answers();
        Assert.Equal(ExitCode.Done, (await _engine.Run("stop", "-n", "demo")).ExitCode);
        Assert.Equal(ExitCode.Done, await EngineProcess.End(third));
    }

    [Fact]
    public async Task An_engine_that_cannot_have_its_socket_touches_nothing_of_others()
    {
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(_scratch["other.sock"]));
        other.Listen();

        var result = await _engine.Run("start", "-c", _engine.Config(more: $"control: {{ socket: {_scratch["other.sock"]} }}"));

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("another process listens on it", result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_scratch["other.sock"]));
        Assert.Empty(Directory.GetFileSystemEntries(_engine.RunDirectory));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_bad_configuration_is_said_with_its_place_and_exit_code_2(bool detach)
    {
        var config = _engine.Config(more: "unheard_of: 1");
        var result = await _engine.Run(detach ? ["start", "-c", config, "--detach"] : ["start", "-c", config]);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Matches($@"^{config}:\d+:\d+: error: ", result.Error);
        Assert.Equal(1, result.Error.Split("unheard_of").Length - 1);
        Assert.False(Directory.Exists(_engine.RunDirectory));
    }

    [Fact]
    public async Task Detached_it_leaves_the_terminal_and_outlives_its_caller()
    {
        var start = await _engine.Run("start", "-c", _engine.Config(), "--detach");

        Assert.Equal((ExitCode.Done, ""), (start.ExitCode, start.Error));
        Assert.StartsWith("demo  RUNNING  pid 100", start.Out, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await _engine.Run("status", "--json")).Out);
        var pid = json.RootElement.GetProperty("engine_pid").GetInt32();
        Assert.Equal(pid, SessionOf(pid));
        Assert.Equal("/dev/null", File.ResolveLinkTarget($"/proc/{pid}/fd/0", false)!.FullName);
        var log = Path.Combine(_engine.RunDirectory, "engine.log");
        Assert.Equal(log, File.ResolveLinkTarget($"/proc/{pid}/fd/1", false)!.FullName);
        Assert.Equal(log, File.ResolveLinkTarget($"/proc/{pid}/fd/2", false)!.FullName);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log));
        Assert.Contains("generation 1 serves", File.ReadAllText(log), StringComparison.Ordinal);
        Assert.All(Directory.GetFiles($"/proc/{pid}/fdinfo"), info => Assert.True(
            Path.GetFileName(info) is "0" or "1" or "2" || ClosesOnExec(info), $"{info} was inherited"));

        var again = await _engine.Run("start", "-c", _engine.Config(), "--detach");
        Assert.Equal(ExitCode.Failed, again.ExitCode);
        Assert.StartsWith($"cannot start demo: an engine with this name is running as pid {pid} ", again.Error, StringComparison.Ordinal);

        var stop = await _engine.Run("stop");
        Assert.Equal((ExitCode.Done, "demo is stopped\n"), (stop.ExitCode, stop.Out));
        Assert.Equal(ExitCode.NotRunning, (await _engine.Run("status")).ExitCode);
        await Waiting.Until(() => !Directory.Exists($"/proc/{pid}") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Detached_it_reloads_on_SIGHUP_also_when_its_caller_ignored_that()
    {
        var nohup = await _engine.RunShell("trap '' HUP TERM; exec \"$@\"", "start", "-c", _engine.Config(), "--detach");
        Assert.Equal((ExitCode.Done, ""), (nohup.ExitCode, nohup.Error));
        using var json = JsonDocument.Parse((await _engine.Run("status", "--json")).Out);
        EngineProcess.Signal(json.RootElement.GetProperty("engine_pid").GetInt32(), "HUP");

        await Waiting.Until(() => _engine.Run("history", "-n", "demo", "--json").Result.Out.Contains("\"r1\"", StringComparison.Ordinal));
        EngineProcess.Signal(json.RootElement.GetProperty("engine_pid").GetInt32(), "TERM");
        await Waiting.Until(() => _engine.Run("status").Result.ExitCode == ExitCode.NotRunning);
    }

    [Fact]
    public async Task Detached_a_service_that_does_not_start_is_said_on_the_terminal()
    {
        var start = await _engine.Run("start", "-c", _engine.Config("/bin/false"), "--detach");

        Assert.Equal(ExitCode.Failed, start.ExitCode);
        Assert.Contains("it ended with exit code 1", start.Error, StringComparison.Ordinal);
        Assert.Contains("engine.log", start.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_manager_hears_of_start_and_end()
    {
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        manager.Bind(new UnixDomainSocketEndPoint(_scratch["notify"]));
        _engine.Environment["NOTIFY_SOCKET"] = _scratch["notify"];
        using var process = _engine.Start("start", "-c", _engine.Config());

        Assert.Equal("READY=1\nSTATUS=generation 1 serves", Receive(manager));
        await _engine.Answers();
        EngineProcess.Signal(process.Id, "HUP");
        Assert.StartsWith("RELOADING=1\nMONOTONIC_USEC=", Receive(manager), StringComparison.Ordinal);
        Assert.StartsWith("READY=1\n", Receive(manager), StringComparison.Ordinal);
        EngineProcess.Signal(process.Id, "INT");
        Assert.Equal(0, await EngineProcess.End(process));
    }

    [Fact]
    public async Task A_taken_metrics_port_is_a_warning_and_the_service_runs()
    {
        var config = _engine.Config();
        var port = int.Parse(File.ReadAllText(config).Split("127.0.0.1:")[1].Split('"')[0], CultureInfo.InvariantCulture);
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, port);
        taken.Start();
        using var process = _engine.Start("start", "-c", config);
        await _engine.Answers();

        Assert.Contains($"WARNING: cannot listen on 127.0.0.1:{port}", (await _engine.Run("status")).Out, StringComparison.Ordinal);
        EngineProcess.Signal(process.Id, "TERM");
        Assert.Contains($"warn  cannot listen on 127.0.0.1:{port}", await process.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2, "bogus")]
    [InlineData(2, "reload", "--bogus")]
    [InlineData(2, "status", "-n", "a", "--socket", "b")]
    [InlineData(2, "status", "-n", "../x")]
    [InlineData(2, "status", "--url", "ftp://x")]
    [InlineData(2, "history", "--limit", "0")]
    [InlineData(2, "start")]
    [InlineData(2, "check", "-c", "/nonexistent.yaml")]
    [InlineData(5, "status")]
    [InlineData(5, "status", "-n", "nobody")]
    [InlineData(5, "reload", "--wait", "-n", "nobody")]
    [InlineData(5, "stop", "--socket", "/nonexistent.sock")]
    [InlineData(5, "status", "--url", "http://127.0.0.1:1")]
    [InlineData(0, "--help")]
    [InlineData(0, "--version")]
    [InlineData(0, "version")]
    [InlineData(0, "help", "reload")]
    public async Task Exit_codes_of_the_program(int expected, params string[] args)
    {
        var result = await _engine.Run(args);

        Assert.Equal(expected, result.ExitCode);
        Assert.Equal(expected != 0 && args is not ["check", ..], result.Error.Length > 0);
    }

    private static bool ClosesOnExec(string fdinfo) =>
        (Convert.ToInt32(File.ReadLines(fdinfo).Single(l => l.StartsWith("flags:", StringComparison.Ordinal))[6..].Trim(), 8) & 0x80000) != 0;

    private static int SessionOf(int pid) =>
        int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ')[3], CultureInfo.InvariantCulture);

    private static string Receive(Socket socket)
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}

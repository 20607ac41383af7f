using System.Net.Sockets;
using System.Text.RegularExpressions;
using Aeterna.Contract;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

/// <summary>
/// What the program draws in a terminal of a certain width (a pseudo-terminal of script(1)) is what is stored under Screens/, but for times. With
/// AETERNA_WRITE_DOCS=1 it is stored anew: then look at it.
/// </summary>
public sealed partial class StoredScreenTests : IAsyncLifetime
{
    private const string Id = "20261122T120000.000Z-1111";

    // Ages are as long as they are stored: where a line is wrapped must not depend on the day.
    private static readonly DateTimeOffset _then = DateTimeOffset.UtcNow.AddHours(-100.5);

    private static readonly int[] _widths = [80, 100, 120, 170];

    private ControlRig _engine = null!;

    public async Task InitializeAsync()
    {
        _engine = await ControlRig.Start(metrics: false);
        var failed = Then(Samples.Record(Id, Verdict.RolledBack)) with
        {
            Message = "generation 4 (pid 200) failed its soak: http_get http://localhost:8080/health: connection refused (3 of 3 failures)",
            Traffic = "exclusive",
            TrafficReason = "both generations have /var/log/syslog open for writing",
            OldExit = null,
            Command = ["/usr/sbin/rsyslogd", "-n", "-f", "/etc/rsyslog.conf", "-iNONE"],
            BinaryPath = "/usr/sbin/rsyslogd",
            BinarySha256 = new string('a', 64),
            ConfigSha256 = new string('b', 64),
            Output = ["rsyslogd: error during parsing file /etc/rsyslog.conf, on or before line 7: syntax error on token 'modul'", "rsyslogd: run failed"],
            TrafficCounts = new TrafficReport { Connections = 412, FramesIn = 70_500, BytesIn = 9_000_000, Given = [new GivenReport { Generation = 3, Frames = 70_500, Bytes = 9_000_000 }] },
        };
        _engine.Journal.Save(Then(Samples.Record("20261122T110000.000Z-0000", kind: "start")) with { Reason = null, Message = "generation 3 (pid 100) serves", OldPid = null });
        _engine.Journal.Save(failed);
        var old = Samples.Status().Generations[0] with { StartedAt = _then };
        _engine.Orchestrator.Now = Samples.Status(FsmState.Soaking) with
        {
            Generations = [old with { TrafficPercent = 0 }, old with { Number = 4, Role = "candidate", Pid = 200, TrafficPercent = 100, NotifyStatus = "working" }],
            CandidatePid = 200,
            ReloadId = "20261122T130000.000Z-2222",
            Soak = new SoakReport { StartedAt = Samples.Noon, EndsAt = Samples.Noon.AddSeconds(30), RemainingSeconds = 12 },
            LastReload = failed,
            Warnings = ["the history cannot be written: no space left on device"],
            Traffic = "exclusive",
            TrafficReason = "both generations have /var/log/syslog open for writing",
        };
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Theory]
    [InlineData("status")]
    [InlineData("history")]
    [InlineData("record")]
    public void A_screen(string screen) => Compare(screen, columns => Type(columns, $"{(screen == "record" ? $"history {Id}" : screen)} --socket {_engine.Socket}"));

    [Fact]
    public void The_end_of_a_reload_that_was_waited_for() => Compare("reload", columns =>
    {
        _engine.Orchestrator.OnReload = _ => _engine.Orchestrator.Begin($"r{columns}");
        _engine.Orchestrator.OnStatus = () => _engine.Orchestrator.Now with { Generations = [Samples.Status().Generations[0] with { StartedAt = _then }] };
        var asked = _engine.Orchestrator.Calls.Count;
        var ending = Task.Run(async () =>
        {
            await Waiting.Until(() => _engine.Orchestrator.Calls.Count > asked);
            _engine.Orchestrator.Finish($"r{columns}", Verdict.RolledBack);
        });
        var screen = Type(columns, $"reload --wait --socket {_engine.Socket}");
        ending.GetAwaiter().GetResult();
        return screen.Replace($"r{columns}", "ID", StringComparison.Ordinal);
    });

    [RootFact]
    public async Task Several_services()
    {
        // The name of the socket's folder is the service's; what answers at the other one is no engine.
        var run = _engine.Scratch["all"];
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Directory.CreateDirectory($"{run}/nginx");
        Directory.CreateDirectory($"{run}/rsyslogd");
        File.CreateSymbolicLink($"{run}/rsyslogd/control.sock", _engine.Socket);
        other.Bind(new UnixDomainSocketEndPoint($"{run}/nginx/control.sock"));
        other.Listen();
        using var end = new CancellationTokenSource();
        var answering = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await other.AcceptAsync(end.Token);
                // Who only looks whether somebody is there asks nothing.
                if (await client.ReceiveAsync(new byte[65536], end.Token) > 0)
                {
                    await client.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"u8.ToArray(), end.Token);
                }
            }
        });

        Compare("services", columns => Type(columns, "status", run));

        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answering);
    }

    // At each width; none of them may be left unseen when one has changed.
    private static void Compare(string screen, Func<int, string> draw)
    {
        List<string> changed = [];
        foreach (var columns in _widths)
        {
            var text = draw(columns);
            Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, columns));
            var stored = Repository.File("tests", "xunit", "Cli", "Screens", $"{screen}-{columns}.txt");
            if (Environment.GetEnvironmentVariable("AETERNA_WRITE_DOCS") == "1")
            {
                File.WriteAllText(stored, text);
            }
            else if (!File.Exists(stored) || File.ReadAllText(stored) != text)
            {
                changed.Add($"{stored} is not what is drawn:\n{text}");
            }
        }

        Assert.True(changed.Count == 0, string.Join('\n', changed));
    }

    // What the terminal shows in the end.
    private static string Type(int columns, string arguments, string? run = null)
    {
        // The program looks for services where it always does.
        string[] before = run is null ? [] : ["unshare", "--mount", "--propagation", "private", "sh", "-c", "mount --bind \"$0\" /run/aeterna && exec \"$@\"", run];
        // The exit code of a reload is its verdict's.
        var drawn = Shell.Output(
            "/usr/bin/env",
            ["TERM=xterm", "NO_COLOR=1", .. before, "script", "-qec", $"stty cols {columns} rows 50; {LiveEngine.Program} {arguments} || true", "/dev/null"]);
        var screen = new TerminalModel(columns);
        screen.Write(drawn);
        return Plain(screen.Text);
    }

    private static ReloadRecord Then(ReloadRecord record) => record with
    {
        RequestedAt = _then,
        FinishedAt = _then.AddSeconds(31.2),
        Phases = [.. record.Phases.Select(phase => phase with { StartedAt = _then + (phase.StartedAt - Samples.Noon) })],
    };

    private static string Plain(string drawn) =>
        Age().Replace(Clock().Replace(Date().Replace(drawn, "YYYY-MM-DD"), match => match.Value.EndsWith('Z') ? "HH:MM:SSZ" : "HH:MM:SS.mmm"), match => match.Length == 7 ? "HHHhMMm" : "HHhMMm");

    [GeneratedRegex(@"\d{4}-\d\d-\d\d")]
    private static partial Regex Date();

    [GeneratedRegex(@"\d\d:\d\d:\d\d(Z|\.\d{3})")]
    private static partial Regex Clock();

    [GeneratedRegex(@"100h\d\dm|48h20m")]
    private static partial Regex Age();
}

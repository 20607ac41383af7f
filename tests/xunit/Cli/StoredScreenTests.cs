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
    [InlineData("status", 80)]
    [InlineData("status", 120)]
    [InlineData("history", 80)]
    [InlineData("history", 120)]
    [InlineData("record", 80)]
    [InlineData("record", 120)]
    public void A_screen(string screen, int columns)
    {
        var verb = screen == "record" ? $"history {Id}" : screen;
        var drawn = Shell.Output(
            "/usr/bin/env", "TERM=xterm", "NO_COLOR=1", "script", "-qec", $"stty cols {columns} rows 50; exec {LiveEngine.Program} {verb} --socket {_engine.Socket}", "/dev/null");
        var text = string.Concat(Plain(drawn).Split('\n').Select(line => line.TrimEnd() + "\n")).TrimEnd('\n') + "\n";

        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, columns));
        var stored = Repository.File("tests", "xunit", "Cli", "Screens", $"{screen}-{columns}.txt");
        if (Environment.GetEnvironmentVariable("AETERNA_WRITE_DOCS") == "1")
        {
            File.WriteAllText(stored, text);
        }

        Assert.Equal(File.ReadAllText(stored), text);
    }

    private static ReloadRecord Then(ReloadRecord record) => record with
    {
        RequestedAt = _then,
        FinishedAt = _then.AddSeconds(31.2),
        Phases = [.. record.Phases.Select(phase => phase with { StartedAt = _then + (phase.StartedAt - Samples.Noon) })],
    };

    private static string Plain(string drawn) =>
        Age().Replace(Clock().Replace(Date().Replace(Escape().Replace(drawn.Replace("\r", "", StringComparison.Ordinal), ""), "YYYY-MM-DD"), "HH:MM:SSZ"), "HHHhMMm");

    [GeneratedRegex(@"\x1b(\[[0-9;?]*[A-Za-z]|[=>])")]
    private static partial Regex Escape();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d")]
    private static partial Regex Date();

    [GeneratedRegex(@"\d\d:\d\d:\d\dZ")]
    private static partial Regex Clock();

    [GeneratedRegex(@"100h\d\dm|48h20m")]
    private static partial Regex Age();
}

using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Telemetry;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

public sealed class HistoryVerbTests : IDisposable
{
    private const string First = "20261122T120000.000Z-1111";
    private const string Second = "20261122T130000.000Z-2222";

    private readonly CliRig _cli = new();

    public void Dispose() => _cli.Dispose();

    [RootFact]
    public async Task A_record_is_shown_whole_and_also_when_its_engine_is_gone()
    {
        await using var engine = await LiveEngine.Start("""
            version: "v1"
            service: { name: "NAME", command: ["/bin/sleep", "1000"], profile: none }
            orchestration: { startup: { ready: delay }, canary: { soak_time: 0s } }
            """);
        var record = await engine.Reload();
        var alive = Shell.Run(LiveEngine.Program, "history", record.Id);
        Assert.Equal((ExitCode.Done, ""), (alive.Code, alive.Error));

        Shell.Output(LiveEngine.Program, "stop", engine.Name);
        await engine.Ended();
        var file = Path.Combine(engine.Folder, "aeterna.yaml");
        File.WriteAllText(Path.Combine(engine.Folder, "history", "torn.json"), "{\"id\":");
        var gone = Shell.Run(LiveEngine.Program, "history", record.Id, "-c", file);

        Assert.Equal((ExitCode.Done, alive.Output), (gone.Code, gone.Output));
        Assert.StartsWith($"no engine of {engine.Name} is running: this is what is in {engine.Folder}/history\n", gone.Error, StringComparison.Ordinal);
        Assert.Contains($"cannot read {engine.Folder}/history/torn.json as a record: ", gone.Error, StringComparison.Ordinal);
        Assert.Matches($@"(?m)^reload {record.Id} +succeeded +{engine.Name}$", gone.Output);
        Assert.Matches(@"(?m)^reason +test$", gone.Output);
        Assert.Matches($@"(?m)^new +generation 2 \(pid {record.NewPid}\)$", gone.Output);
        Assert.All(record.Phases, phase => Assert.Matches($@"(?m)^{phase.Name} +\+\S+ +\S+ +{phase.Outcome}", gone.Output));
        Assert.Matches($@"(?m)^{record.Id} .* test", Shell.Run(LiveEngine.Program, "history", "-c", file).Output);
        Assert.True(File.Exists(Path.Combine(engine.Folder, "history", "torn.json")));
    }

    [Fact]
    public async Task Of_a_record_nothing_is_left_out()
    {
        await using var engine = await ControlRig.Start(metrics: false);
        engine.Journal.Save(Samples.Record(First, Verdict.RolledBack) with
        {
            Forced = true,
            Command = ["/usr/sbin/rsyslogd", "-n"],
            BinaryPath = "/usr/sbin/rsyslogd",
            BinarySha256 = "abcd",
            ConfigSha256 = "ef01",
            Traffic = "exclusive",
            TrafficReason = "both have the same file open",
            PausedMs = 6.2,
            FramesMoved = 12,
            OldExit = "exit code 0",
            Unframed = ["tcp: a regular expression"],
            TrafficCounts = new TrafficReport { Connections = 3, FramesIn = 70, BytesIn = 2048, Lost = 1, Given = [new GivenReport { Generation = 4, Frames = 9, Bytes = 100 }] },
            Soak = new SoakReport { StartedAt = Samples.Noon, EndsAt = Samples.Noon, Probes = [new ProbeReport { Name = "process", Healthy = false, Runs = 5, Detail = "it is gone" }] },
        });

        var result = await _cli.Run("history", First, "--socket", engine.Socket);

        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
        foreach (var line in new[]
        {
            "why +the health check failed 3 times", "reason +new rules", @"asked for +2026-11-22 12:00:00Z by uid 0 \(root\) pid 77, forced", "ended +2026-11-22 12:00:31Z, after 31.2s",
            @"before +generation 3 \(pid 100\): exit code 0", "command +/usr/sbin/rsyslogd -n", "program +/usr/sbin/rsyslogd", "program sum +abcd", "config sum +ef01",
            "traffic +exclusive: both have the same file open", "paused +6.2ms", "taken back +12 messages", "not moved +tcp: a regular expression",
            @"carried +3 connections, 70 messages in \(2 KiB\), generation 4 got 9 \(100 B\), 0 B waiting, 1 lost", @"soak +\+1s +30s +ok", "process +5 +failed +it is gone",
        })
        {
            Assert.Matches($"(?m)^{line}$", result.Out);
        }

        using var json = JsonDocument.Parse((await _cli.Run("history", First, "--json", "--socket", engine.Socket)).Out);
        Assert.Equal(First, json.RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Without_an_engine_the_files_of_a_service_are_found_by_its_name_or_by_an_id()
    {
        Store("web", Samples.Record(First) with { Number = 1 }, Samples.Record(Second, verdict: null) with { Number = 2 });

        var all = await _cli.Run("history");
        Assert.Equal((ExitCode.Done, $"no engine of web is running: this is what is in {_cli.Scratch["state/aeterna/web"]}\n"), (all.ExitCode, all.Error));
        Assert.Matches($"(?s){Second} .*failed.*the engine ended before this attempt did.*{First} ", all.Out);
        Store("api", Samples.Record("20261122T140000.000Z-3333"));

        Assert.Equal(all.Out, (await _cli.Run("history", "web")).Out);
        Assert.Contains($"reload {First} ", (await _cli.Run("history", First)).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await _cli.Run("history")).ExitCode);
        var none = await _cli.Run("history", "20000101T000000.000Z-0000");
        Assert.Equal((ExitCode.Failed, "cannot read the record 20000101T000000.000Z-0000: no service has one of that id (aeterna history NAME lists a service's)\n"), (none.ExitCode, none.Error));
        Assert.Equal(ExitCode.NotRunning, (await _cli.Run("history", "nobody")).ExitCode);
        var other = await _cli.Run("history", First, "-n", "api");
        Assert.Contains($"cannot read the record {First} of api: there is none in ", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_the_files_changes_none_of_them()
    {
        Store("web", Samples.Record(First));
        var beside = Path.Combine(_cli.Scratch["state/aeterna/web"], $".{Second}.json.tmp");
        File.WriteAllText(beside, "{");

        Assert.Equal(ExitCode.Done, (await _cli.Run("history", "web")).ExitCode);

        Assert.True(File.Exists(beside));
    }

    private void Store(string service, params ReloadRecord[] records)
    {
        Directory.CreateDirectory(_cli.Scratch[$"state/aeterna/{service}"]);
        var files = new HistoryFiles(_cli.Scratch[$"state/aeterna/{service}"]);
        Assert.All(records, files.Write);
    }
}

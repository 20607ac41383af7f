using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

public sealed class StatusVerbTests : IAsyncLifetime
{
    private ControlRig _engine = null!;

    public async Task InitializeAsync() => _engine = await ControlRig.Start();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task The_first_lines_say_what_matters()
    {
        _engine.Orchestrator.Now = Samples.Status() with
        {
            LastReload = Samples.Record("r1", Verdict.RolledBack),
            Warnings = ["one thing", "another"],
            Relay = new TrafficReport { Connections = 412, FramesIn = 70_500, WaitingBytes = 2048 },
        };
        using var cli = new CliRig();

        var result = await cli.Run("status", "--socket", _engine.Socket);

        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
        var lines = result.Out.Split('\n');
        Assert.Equal("rsyslogd  RUNNING  pid 100  up 48h20m  generation 3", lines[0]);
        Assert.Equal("WARNING: one thing", lines[1]);
        Assert.Equal("WARNING: another", lines[2]);
        Assert.StartsWith("last reload: rolled_back: the health check failed 3 times (2026-11-22 12:00:31Z, ", lines[3], StringComparison.Ordinal);
        Assert.Contains("by uid 0 (root) pid 77, reason: new rules)", lines[3], StringComparison.Ordinal);
        Assert.Matches(@"(?m)^3 +active +100 +\S+ +11.8 MiB +1.5s +17 +1$", result.Out);
        Assert.Matches(@"(?m)^log +unixgram:///dev/log +shared +bound +3$", result.Out);
        Assert.Contains("\nrelay 412 connections, 70500 messages in, 2 KiB waiting, 0 lost\n", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.Out);
        Assert.DoesNotContain(lines, l => l.EndsWith(' '));
    }

    [Fact]
    public async Task It_says_who_has_the_traffic_and_how_long_the_way_back_is_open()
    {
        var old = Samples.Status().Generations[0];
        _engine.Orchestrator.Now = Samples.Status(FsmState.Soaking) with
        {
            Generations = [old with { TrafficPercent = 0 }, old with { Number = 4, Role = "candidate", Pid = 200, TrafficPercent = 100 }],
            Undo = new UndoReport { Generation = 2, Pid = 99, EndsAt = Samples.Noon, RemainingSeconds = 250 },
        };
        using var cli = new CliRig();

        var result = await cli.Run("status", "--socket", _engine.Socket);

        Assert.StartsWith("rsyslogd  SOAKING  pid 100  traffic 100% pid 200  up 48h20m  generation 3\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("\nundo window: generation 2 (pid 99) can serve again at once for another 4m10s (aeterna rollback rsyslogd)\n", result.Out, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^GENERATION +ROLE +TRAFFIC +PID ", result.Out);
        Assert.Matches(@"(?m)^3 +active +0% +100 ", result.Out);
        Assert.Matches(@"(?m)^4 +candidate +100% +200 ", result.Out);
    }

    [Fact]
    public async Task A_service_that_is_down_says_so_first()
    {
        _engine.Orchestrator.Now = Samples.Status(FsmState.Failed) with { Generations = [], Generation = null };
        using var cli = new CliRig();

        Assert.StartsWith("rsyslogd  FAILED  no process serves\n", (await cli.Run("status", "--socket", _engine.Socket)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_under_way_is_shown()
    {
        _engine.Orchestrator.Begin("r9");
        using var cli = new CliRig();

        Assert.Contains(
            "\nunder way: r9, candidate pid 200, 12s of the soak left (aeterna watch -n rsyslogd)\n",
            (await cli.Run("status", "--socket", _engine.Socket)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_terminal_a_failure_is_red_unless_colours_are_not_wanted()
    {
        _engine.Orchestrator.Now = Samples.Status(FsmState.Failed);
        using var colours = new CliRig { Terminal = true, Color = true };
        using var plain = new CliRig { Terminal = true, Color = false };

        Assert.Contains("\u001b[1;91mFAILED", (await colours.Run("status", "--socket", _engine.Socket)).Out, StringComparison.Ordinal);
        Assert.DoesNotContain("91m", (await plain.Run("status", "--socket", _engine.Socket)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_what_the_engine_sends()
    {
        using var cli = new CliRig();
        using var http = _engine.OverSocket();

        var result = await cli.Run("status", "--json", "--socket", _engine.Socket);

        Assert.Equal(await http.GetStringAsync(Routes.Status), result.Out.TrimEnd('\n'));
    }

    [Theory]
    [InlineData("--url")]
    [InlineData("--socket")]
    public async Task Text_from_a_child_drives_no_terminal(string way)
    {
        var generation = Samples.Status().Generations[0] with { NotifyStatus = "\u001b[2Jgone\n[red]markup[/]" };
        _engine.Orchestrator.Now = Samples.Status() with { Generations = [generation] };
        using var cli = new CliRig();

        var result = await cli.Run("status", way, way == "--url" ? $"http://127.0.0.1:{_engine.Port}" : _engine.Socket);

        Assert.Contains(@"\x1b[2Jgone\n[red]markup[/]", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.Out);
    }

    [Fact]
    public async Task The_history_is_a_table_or_json()
    {
        _engine.Journal.Save(Samples.Record("a"));
        _engine.Journal.Save(Samples.Record("b", Verdict.RolledBack));
        using var cli = new CliRig();

        var table = await cli.Run("history", "--socket", _engine.Socket);
        Assert.Matches(@"(?m)^ID +TIME +KIND +VERDICT +TOOK +OLD PID +NEW PID +BY +REASON +WHY$", table.Out);
        Assert.Matches(@"(?m)^b +2026-11-22 12:00:00Z +reload +rolled_back +31.2s +100 +200 +uid 0 \(root\) pid 77 +new rules +the health check failed 3 times$", table.Out);
        Assert.Equal(3, table.Out.TrimEnd().Split('\n').Length);

        var json = await cli.Run("history", "--json", "--limit", "1", "--socket", _engine.Socket);
        using var document = JsonDocument.Parse(json.Out);
        Assert.Equal("b", Assert.Single(document.RootElement.EnumerateArray()).GetProperty("id").GetString());
    }
}

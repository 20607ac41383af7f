using Aeterna.Cli;
using Aeterna.Contract;
using Aeterna.Orchestration;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

public sealed class ReloadVerbTests : IAsyncLifetime
{
    private ControlRig _engine = null!;

    public async Task InitializeAsync() => _engine = await ControlRig.Start(metrics: false);

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Theory]
    [InlineData(Verdict.Succeeded, ExitCode.Done, "reload r1: succeeded in 31.2s: generation 4 (pid 200) serves in place of generation 3 (pid 100)")]
    [InlineData(Verdict.RolledBack, ExitCode.RolledBack, "reload r1: rolled_back in 31.2s: the health check failed 3 times; generation 3 (pid 100) serves on")]
    [InlineData(Verdict.Blocked, ExitCode.Failed, "reload r1: blocked in 31.2s; nothing was started, generation 3 (pid 100) serves on")]
    [InlineData(Verdict.Failed, ExitCode.Failed, "reload r1: failed in 31.2s")]
    public async Task Waits_for_the_verdict_and_says_it(string verdict, int expected, string sentence)
    {
        _engine.Journal.Publish(Samples.Event("something of before", reload: "r0"));
        _engine.Orchestrator.OnReload = _ => _engine.Orchestrator.Begin("r1");
        using var cli = new CliRig();
        var running = cli.Run("reload", "--wait", "--reason", "@home", "--force", "--socket", _engine.Socket);
        await Waiting.Until(() => !_engine.Orchestrator.Calls.IsEmpty);
        _engine.Orchestrator.Finish("r1", verdict);

        var result = await running;

        Assert.Equal(expected, result.ExitCode);
        Assert.Equal("reload reason=@home force=True", _engine.Orchestrator.Calls.Single().Call);
        Assert.EndsWith(sentence + "\n", expected == ExitCode.Done ? result.Out : result.Error, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^20\S+Z SOAKING      reload r1: the soak begins$", result.Out);
        Assert.DoesNotContain("something of before", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.Out);
    }

    [Fact]
    public void A_way_back_by_another_start_names_nobody_who_is_gone()
    {
        var record = Samples.Record("r1", Verdict.RolledBack) with { Message = $"it was no good; {ReloadRecord.StartedAgain}, and generation 5 (pid 300) serves", OldGeneration = 3, OldPid = 100 };
        Assert.EndsWith(": it was no good; the old command was started again, and generation 5 (pid 300) serves", VerdictLine.Say(record), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_verdict_is_found_also_when_its_event_is_missed()
    {
        // No Finished event at all: only the record says it.
        _engine.Orchestrator.OnReload = _ => new RequestOutcome("r1", null);
        _engine.Journal.Save(Samples.Record("r1"));
        using var cli = new CliRig();

        Assert.Equal(ExitCode.Done, (await cli.Run("reload", "--wait", "--socket", _engine.Socket)).ExitCode);
    }

    [Fact]
    public async Task Without_waiting_it_says_how_to_follow()
    {
        using var cli = new CliRig();
        var result = await cli.Run("reload", "--socket", _engine.Socket);

        Assert.Equal((ExitCode.Done, $"reload r1 is under way (aeterna watch --socket {_engine.Socket} follows it)\n"), (result.ExitCode, result.Out));
    }

    [Fact]
    public async Task One_that_is_queued_can_be_seen_before_it_begins()
    {
        _engine.Orchestrator.OnReload = _ => new RequestOutcome("r2", null) { Queued = true };
        _engine.Orchestrator.Waits = new ReloadRecord { Id = "r2", Service = "rsyslogd", Kind = "reload", RequestedBy = "me", RequestedAt = DateTimeOffset.UnixEpoch, Queued = true };
        using var cli = new CliRig();
        var result = await cli.Run("reload", "--queue", "--socket", _engine.Socket);
        Assert.Equal((ExitCode.Done, $"reload r2 follows what is under way (aeterna watch --socket {_engine.Socket} follows it)\n"), (result.ExitCode, result.Out));
        Assert.Equal("reload reason= force=False queue", _engine.Orchestrator.Calls.Single().Call);
        var waiting = cli.Run("reload", "--queue", "--wait", "--socket", _engine.Socket);
        await Waiting.Until(() => _engine.Orchestrator.Calls.Count == 2);
        _engine.Orchestrator.Begin("r2");
        _engine.Orchestrator.Waits = null;
        _engine.Orchestrator.Finish("r2", Verdict.Succeeded);
        Assert.Equal(ExitCode.Done, (await waiting).ExitCode);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_waiting_and_not_the_reload()
    {
        _engine.Orchestrator.OnReload = _ => _engine.Orchestrator.Begin("r1");
        using var cli = new CliRig();
        var running = cli.Run("reload", "--wait", "--socket", _engine.Socket);
        await Waiting.Until(() => !_engine.Orchestrator.Calls.IsEmpty);
        cli.Interrupt.Trigger();

        var result = await running;

        Assert.Equal(ExitCode.Interrupted, result.ExitCode);
        Assert.Equal(
            $"stopped waiting; r1 goes on (aeterna watch --socket {_engine.Socket} follows it, aeterna history --socket {_engine.Socket} has its verdict)\n",
            result.Error);
        Assert.Single(_engine.Orchestrator.Calls);
    }

    [Theory]
    [InlineData(Verdict.Succeeded, ExitCode.Done)]
    [InlineData(Verdict.RolledBack, ExitCode.RolledBack)]
    public async Task Promote_waits_for_the_verdict_of_the_reload(string verdict, int expected)
    {
        _engine.Orchestrator.OnPromote = () => _engine.Orchestrator.Begin("r1");
        using var cli = new CliRig();
        var running = cli.Run("promote", "--wait", "--socket", _engine.Socket);
        await Waiting.Until(() => !_engine.Orchestrator.Calls.IsEmpty);
        _engine.Orchestrator.Finish("r1", verdict);
        Assert.Equal(expected, (await running).ExitCode);
        Assert.Equal("promote", _engine.Orchestrator.Calls.Single().Call);

        var asked = await cli.Run("promote", "--socket", _engine.Socket);
        Assert.Equal((ExitCode.Done, $"reload r1 is promoted, and ends its soak (aeterna watch --socket {_engine.Socket} follows it)\n"), (asked.ExitCode, asked.Out));
        _engine.Orchestrator.OnPromote = () => FakeOrchestrator.Refused(ProblemCode.NothingToPromote, "cannot promote: no reload is under way");
        var refused = await cli.Run("promote", "--socket", _engine.Socket);
        Assert.Equal((ExitCode.Failed, "cannot promote: no reload is under way\n"), (refused.ExitCode, refused.Error));
        _engine.Orchestrator.Finish("r1", Verdict.Succeeded);
    }

    [Theory]
    [InlineData("reload")]
    [InlineData("rollback")]
    [InlineData("promote")]
    public async Task The_end_of_the_time_ends_the_waiting_and_not_the_reload(string verb)
    {
        _engine.Orchestrator.OnReload = _ => _engine.Orchestrator.Begin("r1");
        _engine.Orchestrator.OnRollback = () => _engine.Orchestrator.Begin("r1");
        _engine.Orchestrator.OnPromote = () => _engine.Orchestrator.Begin("r1");
        using var cli = new CliRig();

        var result = await cli.Run(verb, "--wait", "--timeout", "300ms", "--socket", _engine.Socket);

        Assert.Equal(ExitCode.WaitOver, result.ExitCode);
        Assert.StartsWith($"stopped waiting after 300ms; r1 goes on (aeterna watch --socket {_engine.Socket} follows it, ", result.Error, StringComparison.Ordinal);
        Assert.Single(_engine.Orchestrator.Calls);
        _engine.Orchestrator.Finish("r1", Verdict.Succeeded);
    }

    [Theory]
    [InlineData("--timeout is for --wait", "--timeout", "30s")]
    [InlineData("--timeout takes a duration such as 500ms, 30s or 1m30s", "--wait", "--timeout", "30")]
    [InlineData("--timeout takes a duration such as 500ms, 30s or 1m30s", "--wait", "--timeout", "0s")]
    public async Task A_time_that_is_none_is_bad_usage(string why, params string[] args)
    {
        using var cli = new CliRig();
        var result = await cli.Run(["reload", .. args]);

        Assert.Equal((ExitCode.Usage, $"cannot run aeterna reload: {why} (aeterna reload --help says how it is used)\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task An_engine_that_dies_while_it_is_waited_for_is_not_running()
    {
        _engine.Orchestrator.OnReload = _ => _engine.Orchestrator.Begin("r1");
        using var cli = new CliRig();
        var running = cli.Run("reload", "--wait", "--socket", _engine.Socket);
        await Waiting.Until(() => !_engine.Orchestrator.Calls.IsEmpty);
        await _engine.DisposeAsync();

        var result = await running;

        Assert.Equal(ExitCode.NotRunning, result.ExitCode);
        Assert.Contains("cannot wait for r1: the engine of ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProblemCode.ReloadBusy, ExitCode.Busy)]
    [InlineData(ProblemCode.Stopping, ExitCode.Failed)]
    [InlineData(ProblemCode.ConfigInvalid, ExitCode.Usage)]
    public async Task A_refusal_is_said_as_the_engine_said_it(string code, int expected)
    {
        var finding = new Finding { Severity = "error", File = "/etc/a.yaml", Line = 3, Column = 5, Code = "unknown_key", Message = "unknown key" };
        _engine.Orchestrator.OnReload = _ => new RequestOutcome(null, new Refusal(code, "cannot reload rsyslogd: because")
        {
            Findings = code == ProblemCode.ConfigInvalid ? [finding] : null,
        });
        using var cli = new CliRig();

        var result = await cli.Run("reload", "--wait", "--socket", _engine.Socket);

        Assert.Equal(expected, result.ExitCode);
        Assert.Equal("cannot reload rsyslogd: because\n" + (expected == ExitCode.Usage ? "/etc/a.yaml:3:5: error: unknown key\n" : ""), result.Error);
    }

    [Theory]
    [InlineData(Verdict.RolledBack, ExitCode.Done)]
    [InlineData(Verdict.Succeeded, ExitCode.Done)]
    [InlineData(Verdict.Failed, ExitCode.Failed)]
    public async Task A_rollback_that_rolls_back_is_a_success(string verdict, int expected)
    {
        _engine.Orchestrator.OnRollback = () => _engine.Orchestrator.Begin("r1");
        using var cli = new CliRig();
        var running = cli.Run("rollback", "--wait", "--socket", _engine.Socket);
        await Waiting.Until(() => !_engine.Orchestrator.Calls.IsEmpty);
        _engine.Orchestrator.Finish("r1", verdict);

        Assert.Equal(expected, (await running).ExitCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_waits_until_nobody_listens_any_more(bool now)
    {
        using var cli = new CliRig();
        var running = cli.Run(now ? ["stop", "--now", "--socket", _engine.Socket] : ["stop", "--socket", _engine.Socket]);
        await Waiting.Until(() => !_engine.Orchestrator.Calls.IsEmpty);
        Assert.False(running.IsCompleted);
        await _engine.DisposeAsync();

        var result = await running;
        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
        Assert.EndsWith("is stopped\n", result.Out, StringComparison.Ordinal);
        Assert.Equal($"stop now={now}", _engine.Orchestrator.Calls.Single().Call);
    }

    [Fact]
    public async Task Watch_shows_what_happens_until_Ctrl_C()
    {
        using var cli = new CliRig();
        using var output = new StringWriter();
        var safe = TextWriter.Synchronized(output);
        var running = Aeterna.Cli.CommandLine.Run(["watch", "--socket", _engine.Socket], cli.Context(safe, safe));
        await Waiting.Until(() =>
        {
            _engine.Journal.Publish(Samples.Event("it is alive", state: FsmState.Running));
            return output.ToString().Contains("it is alive", StringComparison.Ordinal);
        });
        cli.Interrupt.Trigger();

        Assert.Equal(ExitCode.Done, await running.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Matches(@"(?m)^20\S+Z RUNNING      it is alive$", output.ToString());
    }

    [Fact]
    public async Task Watch_says_when_the_engine_ends()
    {
        using var cli = new CliRig();
        using var output = new StringWriter();
        var safe = TextWriter.Synchronized(output);
        var running = Aeterna.Cli.CommandLine.Run(["watch", "--socket", _engine.Socket], cli.Context(safe, safe));
        await Waiting.Until(() =>
        {
            _engine.Journal.Publish(Samples.Event("it is alive"));
            return output.ToString().Contains("it is alive", StringComparison.Ordinal);
        });
        await _engine.DisposeAsync();

        Assert.Equal(ExitCode.NotRunning, await running.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.EndsWith($"the engine of {_engine.Socket} has ended\n", output.ToString(), StringComparison.Ordinal);
    }
}

using Aeterna.Cli;
using Aeterna.Cli.Views;
using Aeterna.Contract;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

public sealed class LiveFollowViewTests
{
    [Fact]
    public async Task The_picture_has_state_phases_countdown_probes_generations_and_events()
    {
        await using var engine = await ControlRig.Start(metrics: false);
        engine.Orchestrator.Begin("r1");
        var view = new LiveFollowView(new SetTime { Now = Samples.Noon.AddSeconds(90) }, _ => { });
        view.Show(Samples.Event("something old"));
        for (var i = 0; i < 8; i++)
        {
            view.Show(Samples.Event($"event {i}"));
        }

        view.Show(engine.Orchestrator.Status() with { Warnings = ["mind this"] }, Samples.Record("r1", verdict: null));
        view.Trouble("the engine did not answer");
        var picture = Draw(view);

        Assert.StartsWith("rsyslogd  SOAKING  pid 100", picture, StringComparison.Ordinal);
        Assert.Contains("WARNING: mind this\nthe engine did not answer\n", picture, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^reload r1$", picture);
        Assert.Matches(@"(?m)^pre_flight +ok +12.5ms$", picture);
        Assert.Matches(@"(?m)^soak +…$", picture);
        Assert.Contains($"soak {new string('━', 24)}{new string('─', 16)} 12s left", picture, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^process +ok$", picture);
        Assert.Matches(@"(?m)^http_get http://x/ +failed +connection refused \(2 of 3 failures\)$", picture);
        Assert.Matches(@"(?m)^3 +active +100 +1m30s ", picture);
        Assert.EndsWith("00:00:00.000  event 7", picture.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain("something old", picture, StringComparison.Ordinal);
    }

    [Fact]
    public void Before_the_first_answer_it_is_empty() =>
        Assert.Equal("", Draw(new LiveFollowView(new SetTime(), _ => { })).Trim());

    [Fact]
    public async Task In_a_terminal_reload_wait_draws_it_and_leaves_the_verdict()
    {
        await using var engine = await ControlRig.Start(metrics: false);
        engine.Orchestrator.OnReload = _ => engine.Orchestrator.Begin("r1");
        using var cli = new CliRig { Terminal = true, Color = true };
        using var output = new StringWriter();
        var safe = TextWriter.Synchronized(output);
        var running = CommandLine.Run(["reload", "--wait", "--socket", engine.Socket], cli.Context(safe, safe));
        await Waiting.Until(() => output.ToString().Contains("SOAKING", StringComparison.Ordinal));
        engine.Orchestrator.Finish("r1", Verdict.Succeeded);

        Assert.Equal(ExitCode.Done, await running.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("\u001b[?25h", output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("serves in place of generation 3 (pid 100)\n", output.ToString(), StringComparison.Ordinal);
    }

    private static string Draw(LiveFollowView view)
    {
        using var cli = new CliRig();
        using var output = new StringWriter();
        Screen.Draw(cli.Context(output, output), view.Picture());
        return output.ToString();
    }
}

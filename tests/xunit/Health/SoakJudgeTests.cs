using Aeterna.Health;
using Xunit;

namespace Aeterna.Tests.Health;

public class SoakJudgeTests
{
    private static readonly ProbeResult _good = ProbeResult.Good("200 in 1 ms");
    private static readonly ProbeResult _bad = ProbeResult.Bad("connection refused");

    [Fact]
    public void Nothing_is_decided_before_every_probe_has_run_even_when_the_time_is_over()
    {
        var judge = SoakJudge.Of([("process", 1), ("http_get x", 1)]);
        Assert.False(judge.Decide(true).Over);
        judge = judge.With(0, _good);
        Assert.False(judge.Decide(true).Over);
        judge = judge.With(1, _good);
        Assert.False(judge.Decide(false).Over);
        Assert.Equal(SoakDecision.Passed, judge.Decide(true));
    }

    [Fact]
    public void Failures_in_a_row_up_to_the_threshold_end_it_and_a_good_one_between_starts_anew()
    {
        var judge = SoakJudge.Of([("http_get x", 3)]).With(0, _bad).With(0, _bad).With(0, _good).With(0, _bad).With(0, _bad);
        Assert.False(judge.Decide(false).Over);
        Assert.Equal((2, 5), (judge.Probes[0].ConsecutiveFailures, judge.Probes[0].Runs));
        var decision = judge.With(0, _bad).Decide(false);
        Assert.Equal("http_get x: connection refused (3 times in a row)", decision.Failure);
        Assert.True(decision.Over);
    }

    [Fact]
    public void A_last_result_that_is_bad_but_below_the_threshold_does_not_pass()
    {
        var judge = SoakJudge.Of([("http_get x", 2)]).With(0, _bad);
        Assert.False(judge.Decide(true).Over);
        Assert.Equal(SoakDecision.Passed, judge.With(0, _good).Decide(true));
    }

    [Fact]
    public void The_sentence_names_the_probe() =>
        Assert.Equal("process: ended with exit code 1",
            SoakJudge.Of([("process", 1)]).With(0, ProbeResult.Bad("ended with exit code 1")).Decide(false).Failure);
}

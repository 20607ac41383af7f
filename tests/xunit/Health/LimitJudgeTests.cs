using Aeterna.Health;
using Aeterna.Machine.Plans;
using Xunit;

namespace Aeterna.Tests.Health;

public class LimitJudgeTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(200, 100, 2, true)]
    [InlineData(201, 100, 2, false)]
    [InlineData(32, 0, 2, true)]
    [InlineData(33, 0, 2, false)]
    public void Memory_is_compared_with_the_active_one_above_a_floor(long candidate, long active, double limit, bool healthy) =>
        Assert.Equal(healthy, LimitJudge.Rss(At(0, new(candidate * MiB, default, 0), new(active * MiB, default, 0)), limit).Healthy);

    [Theory]
    [InlineData(64, 3, true)]
    [InlineData(65, 3, false)]
    [InlineData(150, 100, true)]
    public void Descriptors_likewise(int candidate, int active, bool healthy) =>
        Assert.Equal(healthy, LimitJudge.Fds(At(0, new(0, default, candidate), new(0, default, active)), 2).Healthy);

    [Theory]
    [InlineData(3.0, 1.0, true)]
    [InlineData(3.1, 1.0, false)]
    [InlineData(0.7, 0.0, true)]
    [InlineData(0.8, 0.0, false)]
    public void Processor_time_is_a_rate_over_the_same_window(double candidate, double active, bool healthy)
    {
        var before = At(10, Cpu(50), Cpu(1000));
        var now = At(15, Cpu(50 + candidate), Cpu(1000 + active));
        Assert.Equal(healthy, LimitJudge.Cpu(before, now, 3).Healthy);
    }

    [Fact]
    public void Without_a_window_there_is_no_rate_and_one_that_falls_is_zero()
    {
        var now = At(15, Cpu(50), Cpu(0));
        Assert.Equal(ProbeResult.Good("no rate yet"), LimitJudge.Cpu(null, now, 1));
        Assert.Equal(ProbeResult.Good("no rate yet"), LimitJudge.Cpu(now, now, 1));
        Assert.True(LimitJudge.Cpu(At(10, Cpu(60), Cpu(0)), now, 1).Healthy);
    }

    [Fact]
    public void The_detail_says_both_and_the_limit() =>
        Assert.Equal("1.3x of 2x (65 MiB; active 50 MiB)",
            LimitJudge.Rss(At(0, new(65 * MiB, default, 0), new(50 * MiB, default, 0)), 2).Detail);

    [Fact]
    public async Task Only_the_limits_that_are_set_become_probes_and_they_share_the_threshold()
    {
        var window = new UsageWindow(() => At(0, new(65 * MiB, default, 0), new(10 * MiB, default, 0)));
        window.Advance();
        var plan = new CanaryPlan { RssLimit = 2, CpuLimit = 3, HealthCheck = new HealthCheckPlan { FailureThreshold = 4 } };
        var probes = LimitProbe.For(plan, window).ToList();
        Assert.Equal(["limit rss", "limit cpu"], probes.Select(probe => probe.Name));
        Assert.All(probes, probe => Assert.Equal(4, probe.FailureThreshold));
        Assert.False((await probes[0].Run(default)).Healthy);
        Assert.True((await probes[1].Run(default)).Healthy);
        Assert.Empty(LimitProbe.For(new CanaryPlan(), window));
    }

    private static Usage Cpu(double seconds) => new(0, TimeSpan.FromSeconds(seconds), 0);

    private static UsageSample At(int seconds, Usage candidate, Usage active) =>
        new(TimeSpan.FromSeconds(seconds), candidate, active);
}

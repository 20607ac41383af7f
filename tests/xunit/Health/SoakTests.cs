using Aeterna.Contract;
using Aeterna.Health;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Health;

/// <summary>The soak's rounds on a clock of the test's own.</summary>
public class SoakTests
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private readonly ManualTime _time = new();
    private Soak? _soak;
    private int _rounds;
    private readonly List<(SoakReport Soak, ProbeReport? Probe)> _seen = [];

    [Fact]
    public async Task The_first_round_is_at_once_then_one_each_interval_until_the_time_is_over()
    {
        var probe = new Told();
        var run = Start(12, probe);
        await _time.Pass(_interval);
        await _time.Pass(_interval);
        await _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Null(await run);
        Assert.Equal(3, probe.Runs);
        Assert.Equal([null, 1, 2, 3], _seen.Select(seen => seen.Probe?.Runs));
        Assert.Equal([12, 7, 2], _seen.Skip(1).Select(seen => seen.Soak.RemainingSeconds));
        Assert.Equal(TimeSpan.FromSeconds(12), _seen[0].Soak.EndsAt - _seen[0].Soak.StartedAt);
    }

    [Fact]
    public async Task Zero_time_is_one_round() => Assert.Null(await Start(0, new Told()));

    [Fact]
    public async Task A_failure_ends_it_at_once() =>
        Assert.Equal("told: bad", await Start(30, new Told { Answers = { false } }));

    [Fact]
    public async Task A_bad_result_at_the_end_is_asked_again_and_not_passed_over()
    {
        var probe = new Told { FailureThreshold = 2, Answers = { false, true } };
        var run = Start(3, probe);
        await _time.Pass(TimeSpan.FromSeconds(3));
        await _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Null(await run);
        Assert.Equal(2, probe.Runs);
    }

    [Fact]
    public async Task A_probe_that_breaks_is_a_bad_result() =>
        Assert.Equal("told: the probe broke: boom", await Start(30, new Told { Broken = true }));

    [Fact]
    public async Task Cancelling_ends_it()
    {
        using var cancel = new CancellationTokenSource();
        var run = Start(30, new Told(), cancel.Token);
        await _time.WaitForTimer(_interval);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Ended_before_its_time_it_passes_at_once()
    {
        var probe = new Told();
        var run = Start(600, probe);
        await _time.WaitForTimer(_interval);
        Assert.Equal(1, _rounds);
        _soak!.End();
        Assert.Null(await run);
        Assert.Equal(1, probe.Runs);
        Assert.Equal((_time.GetUtcNow(), 0.0), (_seen[^1].Soak.EndsAt, _seen[^1].Soak.RemainingSeconds));
    }

    [Fact]
    public async Task Ended_while_a_probe_is_bad_it_goes_on_until_that_is_good()
    {
        var probe = new Told { FailureThreshold = 3, Answers = { true, false, false, true } };
        var run = Start(600, probe);
        await _time.Pass(_interval);
        await _time.WaitForTimer(_interval);
        _soak!.End();
        await _time.Pass(_interval);
        await _time.Pass(_interval);
        Assert.Null(await run);
        Assert.Equal((4, 1), (probe.Runs, _rounds));
    }

    [Fact]
    public async Task Ended_while_a_probe_is_bad_it_fails_when_that_stays_so()
    {
        var run = Start(600, new Told { FailureThreshold = 2, Answers = { true, false, false } });
        await _time.Pass(_interval);
        await _time.WaitForTimer(_interval);
        _soak!.End();
        await _time.Pass(_interval);
        Assert.Equal("told: bad (2 times in a row)", await run);
    }

    [Fact]
    public async Task Who_has_the_last_word_is_asked_at_the_end_and_no_more_often()
    {
        var probe = new Told { HasLastWord = true };
        var run = Start(12, probe);
        await _time.Pass(_interval);
        await _time.Pass(_interval);
        await _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Null(await run);
        Assert.Equal(4, probe.Runs);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_last_word_that_is_bad_keeps_the_soak_open_until_it_is_good_or_bad_for_good(bool isGood)
    {
        var probe = new Told { HasLastWord = true, FailureThreshold = 3, Answers = { true, false, false, isGood } };
        var run = Start(3, probe);
        await _time.Pass(TimeSpan.FromSeconds(3));
        await _time.Pass(_interval);
        Assert.Equal(isGood ? null : "told: bad (3 times in a row)", await run);
        Assert.Equal(4, probe.Runs);
    }

    private Task<string?> Start(int seconds, IProbe probe, CancellationToken cancel = default) =>
        (_soak = new Soak([probe], null, TimeSpan.FromSeconds(seconds), _interval, _time)
        {
            Observed = (soak, report) => _seen.Add((soak, report)),
            RoundPassed = () => _rounds++,
        }).Run(cancel).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);

    private sealed class Told : IProbe
    {
        public List<bool> Answers { get; } = [];

        public bool Broken { get; init; }

        public int Runs { get; private set; }

        public string Name => "told";

        public int FailureThreshold { get; init; } = 1;

        public bool HasLastWord { get; init; }

        public Task<ProbeResult> Run(CancellationToken cancel)
        {
            if (Broken)
            {
                throw new InvalidOperationException("boom");
            }

            var healthy = Runs >= Answers.Count || Answers[Runs];
            Runs++;
            return Task.FromResult(new ProbeResult(healthy, healthy ? "good" : "bad"));
        }
    }
}

using System.Diagnostics.Metrics;
using Aeterna.Contract;
using Aeterna.Telemetry;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Telemetry;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly EngineInstruments _instruments = new(new SetTime());
    private readonly PrometheusText _text;

    public PrometheusTextTests() => _text = new PrometheusText(_instruments.Meter);

    public void Dispose()
    {
        _text.Dispose();
        _instruments.Dispose();
    }

    [Fact]
    public void What_the_engine_measures_is_written_as_the_format_wants_it()
    {
        _instruments.Sample(Samples.Status());
        _instruments.AttemptFinished(Samples.Record("r1"));
        _instruments.AttemptFinished(Samples.Record("r2", Verdict.RolledBack));
        _instruments.TrappedCall("bind", "captured");
        _instruments.TrappedCall("bind", "captured");
        _instruments.Spawned(TimeSpan.FromMilliseconds(3));
        _instruments.HttpRequest("/v1/status", 200);

        var families = PrometheusParser.Parse(_text.Write());

        Assert.Equal(1, families["aeterna_up"].Samples.Single().Value);
        Assert.Equal("counter", families["aeterna_reloads_total"].Type);
        Assert.Equal(1, families["aeterna_reloads_total"].Samples.Single(s => s.Labels["verdict"] == "rolled_back").Value);
        Assert.Equal(2, families["aeterna_trapped_calls_total"].Samples.Single().Value);
        Assert.Equal(12_345_678, families["aeterna_generation_rss_bytes"].Samples.Single(s => s.Labels["role"] == "active").Value);
        Assert.Equal(1, families["aeterna_fsm_state"].Samples.Single(s => s.Labels["state"] == "RUNNING").Value);
        Assert.Equal(0, families["aeterna_fsm_state"].Samples.Single(s => s.Labels["state"] == "SOAKING").Value);
        Assert.Equal("3", families["aeterna_generation_info"].Samples.Single().Labels["generation"]);
        Assert.Equal(2, families["aeterna_restarts_total"].Samples.Single().Value);
        var spawn = families["aeterna_spawn_duration_seconds"].Samples;
        Assert.Equal(0, spawn.Single(s => s.Labels.GetValueOrDefault("le") == "0.0025").Value);
        Assert.Equal(1, spawn.Single(s => s.Labels.GetValueOrDefault("le") == "0.005").Value);
        Assert.Equal(0.003, spawn.Single(s => s.Name.EndsWith("_sum", StringComparison.Ordinal)).Value, 9);
    }

    [Fact]
    public void A_series_that_is_over_is_not_shown_any_more()
    {
        _instruments.Sample(Samples.Status());
        _ = _text.Write();
        _instruments.Sample(Samples.Status(FsmState.Failed) with { Generations = [] });

        var families = PrometheusParser.Parse(_text.Write());

        Assert.Empty(families["aeterna_generation_info"].Samples);
        Assert.Equal(0, families["aeterna_up"].Samples.Single().Value);
    }

    [Fact]
    public void Labels_are_escaped_and_bounds_belong_to_their_bucket()
    {
        using var meter = new Meter("test");
        using var text = new PrometheusText(meter);
        var counter = meter.CreateCounter<long>("odd_total", null, "a \\ and a\nline");
        var histogram = meter.CreateHistogram("took_seconds", "s", "h", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        counter.Add(1, new KeyValuePair<string, object?>("l", "quote \" slash \\ line\n end"));
        histogram.Record(1);
        histogram.Record(7);

        var families = PrometheusParser.Parse(text.Write());

        Assert.Equal("quote \" slash \\ line\n end", families["odd_total"].Samples.Single().Labels["l"]);
        Assert.Equal(@"a \\ and a\nline", families["odd_total"].Help);
        Assert.Equal([1, 1, 2], families["took_seconds"].Samples.Take(3).Select(s => s.Value));
    }

    [Fact]
    public void Meters_of_others_are_not_shown()
    {
        using var other = new Meter("Aeterna");
        other.CreateCounter<long>("stranger_total").Add(1);

        Assert.DoesNotContain("stranger", _text.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Measuring_and_reading_at_once_loses_nothing()
    {
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                _instruments.TrappedCall("bind", "captured");
            }
        })).ToList();
        while (!writers.TrueForAll(w => w.IsCompleted))
        {
            PrometheusParser.Parse(_text.Write());
        }

        await Task.WhenAll(writers);
        Assert.Equal(4000, PrometheusParser.Parse(_text.Write())["aeterna_trapped_calls_total"].Samples.Single().Value);
    }
}

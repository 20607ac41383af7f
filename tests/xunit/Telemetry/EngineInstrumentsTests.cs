using Aeterna.Contract;
using Aeterna.Telemetry;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Telemetry;

public sealed class EngineInstrumentsTests
{
    private readonly EngineInstruments _instruments = new(new SetTime());

    [Fact]
    public void What_the_engine_measures_is_written_as_the_format_wants_it()
    {
        _instruments.AttemptFinished(Samples.Record("r1"));
        _instruments.AttemptFinished(Samples.Record("r2", Verdict.RolledBack));
        _instruments.TrappedCall("bind", "captured");
        _instruments.TrappedCall("bind", "captured");
        _instruments.Spawned(TimeSpan.FromMilliseconds(3));
        _instruments.HttpRequest("/v1/status", 200);

        var families = Families(Samples.Status());

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", EngineInstruments.ContentType);
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

    [Theory]
    [InlineData(FsmState.Running, 0)]
    [InlineData(FsmState.Soaking, 1)]
    [InlineData(FsmState.Pending, 2)]
    [InlineData(FsmState.PreChecking, 3)]
    [InlineData(FsmState.Starting, 4)]
    [InlineData(FsmState.Handshaking, 5)]
    [InlineData(FsmState.Draining, 6)]
    [InlineData(FsmState.Stopped, 7)]
    [InlineData(FsmState.Failed, 8)]
    public void Each_state_keeps_its_number_and_the_page_says_it(string state, int number)
    {
        var families = Families(Samples.Status(state));

        Assert.Equal(number, families["aeterna_process_state"].Samples.Single().Value);
        Assert.Equal(state, families["aeterna_fsm_state"].Samples.Single(s => s.Value == 1).Labels["state"]);
        Assert.Contains($"{number} {state}", Docs.Read("metrics.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_series_that_is_over_is_not_shown_any_more()
    {
        var before = Families(Samples.Status());
        Assert.NotEmpty(before["aeterna_relay_frames_total"].Samples);
        Assert.NotEmpty(before["aeterna_active_generation_uptime_seconds"].Samples);

        var families = Families(Samples.Status(FsmState.Failed) with { Generations = [], Listeners = [] });

        Assert.Empty(families["aeterna_generation_info"].Samples);
        Assert.Empty(families["aeterna_active_generation_uptime_seconds"].Samples);
        Assert.Empty(families["aeterna_relay_frames_total"].Samples);
        Assert.Equal(0, families["aeterna_up"].Samples.Single().Value);
        Assert.NotEmpty(Families(Samples.Status())["aeterna_active_generation_uptime_seconds"].Samples);
    }

    /// <summary>A counter can only go up; processor time is that of whoever has the role now.</summary>
    [Fact]
    public void A_total_that_begins_anew_is_shown_from_its_new_beginning()
    {
        Assert.Equal(90, Cpu(Used(90)));
        Assert.Equal(95, Cpu(Used(95)));
        Assert.Equal(0.25, Cpu(Used(0.25)));
        Assert.Equal(0.5, Cpu(Used(0.5)));

        static StatusReport Used(double seconds)
        {
            var status = Samples.Status();
            return status with { Generations = [status.Generations[0] with { CpuSeconds = seconds }] };
        }

        double Cpu(StatusReport status) => Families(status)["aeterna_generation_cpu_seconds_total"].Samples.Single().Value;
    }

    [Fact]
    public void Labels_are_escaped_and_bounds_belong_to_their_bucket()
    {
        var status = Samples.Status();
        _instruments.Spawned(TimeSpan.FromMilliseconds(1));
        _instruments.Spawned(TimeSpan.FromSeconds(7));

        var families = Families(status with { Listeners = [status.Listeners[0] with { Name = "quote \" slash \\ line\n end" }] });

        Assert.Equal("quote \" slash \\ line\n end", families["aeterna_relay_frames_total"].Samples.Single().Labels["listener"]);
        var spawn = families["aeterna_spawn_duration_seconds"].Samples;
        Assert.Equal(1, spawn.Single(s => s.Labels.GetValueOrDefault("le") == "0.001").Value);
        Assert.Equal(1, spawn.Single(s => s.Labels.GetValueOrDefault("le") == "1").Value);
        Assert.Equal(2, spawn.Single(s => s.Labels.GetValueOrDefault("le") == "+Inf").Value);
    }

    /// <summary>Neither the library's own families nor those of anything else in the process.</summary>
    [Fact]
    public void Only_what_is_ours_is_shown()
    {
        Prometheus.Metrics.CreateCounter("aeterna_stranger_total", "x").Inc();

        Assert.All(Families(Samples.Status()).Keys, name =>
        {
            Assert.StartsWith("aeterna_", name, StringComparison.Ordinal);
            Assert.NotEqual("aeterna_stranger_total", name);
        });
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
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            // The processor time goes up and down, so its series comes and goes; each page has it all the same.
            for (var i = 0; !writers.TrueForAll(w => w.IsCompleted) || i < 10; i++)
            {
                var status = Samples.Status();
                var page = Families(status with { Generations = [status.Generations[0] with { CpuSeconds = i % 2 }] });
                Assert.Equal(i % 2, page["aeterna_generation_cpu_seconds_total"].Samples.Single().Value);
            }
        })).ToList();

        await Task.WhenAll(writers.Concat(readers));
        Assert.Equal(4000, Families(Samples.Status())["aeterna_trapped_calls_total"].Samples.Single().Value);
    }

    private Dictionary<string, PrometheusParser.Family> Families(StatusReport status) => PrometheusParser.Parse(_instruments.Page(status));
}

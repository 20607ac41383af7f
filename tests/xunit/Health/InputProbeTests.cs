using Aeterna.Health;
using Aeterna.Listeners.Traffic;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Health;

/// <summary>A program that lets lie what it is given, on a clock of the test's own.</summary>
public class InputProbeTests
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    private readonly ManualTime _time = new();
    private Leftover _tcp;
    private Leftover _udp;
    private bool _isStopped;

    [Fact]
    public async Task Who_has_read_everything_is_well_at_once() =>
        Assert.Equal(ProbeResult.Good("it reads what it is given"), await Run());

    [Fact]
    public async Task Who_reads_nothing_for_a_second_while_something_lies_there_is_not_also_when_it_reads_elsewhere()
    {
        _udp = new Leftover(true, -100);
        var run = Run();
        for (var i = 0; i < 50; i++)
        {
            Assert.False(run.IsCompleted);
            await _time.WaitForTimer(_look);
            _tcp = new Leftover(true, i * 100);
            _udp = new Leftover(true, -100 - i); // More comes.
            _time.Advance(_look);
        }

        Assert.Equal(ProbeResult.Bad("it reads nothing of what comes to udp://127.0.0.1:1, and something lies there"), await run);
    }

    [Fact]
    public async Task Who_reads_some_of_it_is_well()
    {
        _udp = new Leftover(true, -100);
        var run = Run();
        for (var i = 0; i < 50; i++)
        {
            await _time.WaitForTimer(_look);
            _udp = new Leftover(true, i == 45 ? -99 : -100);
            _time.Advance(_look);
        }

        Assert.Equal(ProbeResult.Good("it reads what it is given"), await run);
    }

    [Fact]
    public async Task Who_reads_all_of_it_in_the_end_is_well()
    {
        _udp = new Leftover(true, -100);
        var run = Run();
        await _time.WaitForTimer(_look);
        _udp = default;
        _time.Advance(_look);
        Assert.Equal(ProbeResult.Good("it reads what it is given"), await run);
    }

    [Fact]
    public async Task Who_is_stopped_is_not_well_also_when_nothing_lies_before_it()
    {
        _isStopped = true;
        Assert.Equal(ProbeResult.Bad("it is stopped (a SIGCONT lets it go on)"), await Run());
    }

    [Fact]
    public async Task A_soak_that_is_over_before_its_second_round_does_not_end_without_a_look()
    {
        var (length, interval) = (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));
        var run = new Soak([Probe()], null, length, interval, _time) { Observed = (_, _) => { } }.Run(default).WaitAsync(TimeSpan.FromSeconds(30));
        await _time.WaitForTimer(length);
        _udp = new Leftover(true, -100);
        _time.Advance(length);
        await LookFor(2 * 50);
        await _time.Pass(interval);
        await LookFor(50);
        Assert.Equal("input: it reads nothing of what comes to udp://127.0.0.1:1, and something lies there (3 times in a row)", await run);
    }

    private async Task LookFor(int looks)
    {
        for (var i = 0; i < looks; i++)
        {
            await _time.Pass(_look);
        }
    }

    private InputProbe Probe() => new(() => [("tcp://127.0.0.1:1", _tcp), ("udp://127.0.0.1:1", _udp)], () => _isStopped, _time);

    private Task<ProbeResult> Run() => Probe().Run(default).WaitAsync(TimeSpan.FromSeconds(30));
}

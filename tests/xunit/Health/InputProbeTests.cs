using Aeterna.Generations;
using Aeterna.Health;
using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Health;

/// <summary>A program that lets lie what it is given, on a clock of the test's own.</summary>
public class InputProbeTests
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);
    private static readonly int _looks = (int)(ReadingJudge.Window / _look);

    private readonly ManualTime _time = new();
    private Leftover _tcp;
    private Leftover _udp;
    private char _state = 'S';

    [Fact]
    public async Task Who_has_read_everything_is_well_at_once() =>
        Assert.Equal(ProbeResult.Good("it reads what it is given"), await Run());

    [Fact]
    public async Task Who_reads_nothing_for_a_while_when_something_lies_there_is_not_also_when_it_reads_elsewhere()
    {
        _udp = new Leftover(true, -100);
        var run = Run();
        for (var i = 0; i < _looks; i++)
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
        await LookFor(_looks - 5);
        await _time.WaitForTimer(_look);
        _udp = new Leftover(true, -99);
        _time.Advance(_look);
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
        _state = 'T';
        Assert.Equal(ProbeResult.Bad("it is stopped (a SIGCONT lets it go on)"), await Run());
    }

    /// <summary>On a busy machine it may have to wait for a processor, or for the disk: but not for ever.</summary>
    [Theory]
    [InlineData('R')]
    [InlineData('D')]
    public async Task Who_would_work_has_more_time(char state)
    {
        (_udp, _state) = (new Leftover(true, -100), state);
        var probe = Probe();
        for (var window = 1; window <= 5; window++)
        {
            var run = probe.Run(default).WaitAsync(TimeSpan.FromSeconds(30));
            await LookFor(_looks);
            Assert.Equal(window < 5, (await run).Healthy);
        }
    }

    [Fact]
    public async Task Who_reads_between_two_rounds_is_well()
    {
        var probe = Probe();
        for (var round = 0; round < 4; round++)
        {
            _udp = new Leftover(true, 2 * round);
            var run = probe.Run(default).WaitAsync(TimeSpan.FromSeconds(30));
            await _time.WaitForTimer(_look);
            _udp = new Leftover(true, (2 * round) + 1);
            _time.Advance(_look);
            Assert.True((await run).Healthy);
            _time.Advance(TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public async Task A_soak_that_is_over_before_its_second_round_does_not_end_without_a_look()
    {
        var (length, interval) = (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));
        var run = new Soak([Probe()], null, length, interval, _time) { Observed = (_, _) => { } }.Run(default).WaitAsync(TimeSpan.FromSeconds(30));
        await _time.WaitForTimer(length);
        _udp = new Leftover(true, -100);
        _time.Advance(length);
        await LookFor(_looks);
        await _time.Pass(interval);
        Assert.Equal("input: it reads nothing of what comes to udp://127.0.0.1:1, and something lies there (3 times in a row)", await run);
    }

    private async Task LookFor(int looks)
    {
        for (var i = 0; i < looks; i++)
        {
            await _time.Pass(_look);
        }
    }

    private InputProbe Probe() => new(() => [("tcp://127.0.0.1:1", _tcp), ("udp://127.0.0.1:1", _udp)], Now, _time);

    private Activity Now() => new([new ThreadActivity { Thread = 1, Name = "", State = _state, Call = -1, Function = "", Progress = "" }], 0);

    private Task<ProbeResult> Run() => Probe().Run(default).WaitAsync(TimeSpan.FromSeconds(30));
}

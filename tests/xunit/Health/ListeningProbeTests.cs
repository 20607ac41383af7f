using Aeterna.Health;
using Aeterna.Linux;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Health;

/// <summary>A program in which nobody waits for clients, on a clock of the test's own.</summary>
public class ListeningProbeTests
{
    private static readonly ProbeResult _well = ProbeResult.Good("it waits for clients");
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);
    private static readonly int _looks = (int)(ListeningProbe.Window / _look);

    private readonly ManualTime _time = new();
    private Attendance? _candidate = Attendance.Nobody;
    private Attendance? _active = Attendance.Unknown;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_waits_for_clients_or_serves_nothing_is_well_at_once(bool serves)
    {
        _candidate = serves ? Attendance.Somebody : null;
        Assert.Equal(_well, await Run());
    }

    /// <summary>It wakes up now and then, and does something.</summary>
    [Fact]
    public async Task Who_does_something_between_two_sleeps_waits_for_nobody()
    {
        _active = Attendance.Somebody;
        var run = Run();
        for (var i = 0; i < _looks; i++)
        {
            await _time.WaitForTimer(_look);
            _candidate = i % 5 == 0 ? Attendance.Nobody : Attendance.Unknown;
            _time.Advance(_look);
        }

        Assert.False((await run).Healthy);
    }

    /// <summary>One that has just begun has done something else before.</summary>
    [Theory]
    [InlineData("Unknown", true)]
    [InlineData("Nobody", false)]
    public async Task Who_does_something_else_for_a_while_is_well(string then, bool isWell)
    {
        (_candidate, _active) = (Attendance.Unknown, Attendance.Somebody);
        var run = Run();
        for (var i = 0; i < (isWell ? ListeningProbe.Settling : ListeningProbe.Window) / _look; i++)
        {
            Assert.False(run.IsCompleted);
            await _time.WaitForTimer(_look);
            _candidate = i == 0 ? Enum.Parse<Attendance>(then) : _candidate;
            _time.Advance(_look);
        }

        Assert.Equal(isWell, (await run).Healthy);
    }

    /// <summary>The one before it may be busy at most of the looks.</summary>
    [Fact]
    public async Task Who_waits_for_nobody_for_a_while_is_not_where_the_one_before_does()
    {
        var run = Run();
        for (var i = 0; i < _looks; i++)
        {
            Assert.False(run.IsCompleted);
            await _time.WaitForTimer(_look);
            _active = i == 7 ? Attendance.Somebody : Attendance.Unknown;
            _time.Advance(_look);
        }

        Assert.Equal(ProbeResult.Bad("no process of it waits for clients any more, as those of the one before do (have its workers ended?)"), await run);
    }

    [Fact]
    public async Task Who_waits_at_last_is_well()
    {
        _active = Attendance.Somebody;
        var run = Run();
        for (var i = 0; i < _looks; i++)
        {
            await _time.WaitForTimer(_look);
            _candidate = i == _looks - 1 ? Attendance.Somebody : Attendance.Nobody;
            _time.Advance(_look);
        }

        Assert.Equal(_well, await run);
    }

    /// <summary>One before that seems busy may yet be seen to wait.</summary>
    [Theory]
    [InlineData("Nobody", 15)]
    [InlineData("Unknown", 150)]
    public async Task Who_waits_for_nobody_as_the_one_before_is_well(string active, int looks)
    {
        _active = Enum.Parse<Attendance>(active);
        var run = Run();
        for (var i = 0; i < looks; i++)
        {
            Assert.False(run.IsCompleted);
            await _time.WaitForTimer(_look);
            _time.Advance(_look);
        }

        Assert.Equal(ProbeResult.Good("it waits for nobody, as the one before"), await run);
    }

    private Task<ProbeResult> Run() => new ListeningProbe(() => _candidate, () => _active, _time).Run(default).WaitAsync(TimeSpan.FromSeconds(30));
}

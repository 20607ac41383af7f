using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Orchestration.Switching;
using Aeterna.Tests.Support;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace Aeterna.Tests.Orchestration.Switching;

/// <summary>What comes with a change of the route: deaths, files that are opened anew, and the account of the pause.</summary>
public sealed class TrafficDirectorTests
{
    private const int Reopen = 10;

    private readonly FakeTraffic _traffic = new() { Unread = 3 };
    private readonly FakeGenerationHost _host = new();
    private readonly ManualTime _time = new();
    private readonly TrafficDirector _director;

    public TrafficDirectorTests()
    {
        _host.Prepare = generation =>
        {
            generation.Say = _traffic.Say;
            generation.Caught.Add(Reopen);
        };
        var roster = new GenerationRoster(_host, new FakeListenerTable(), _traffic, new RestWatch(_traffic, _time), _time, NullLogger.Instance);
        var plan = TestPlans.Of();
        plan = plan with { Service = plan.Service with { Profile = Profile.None with { ReopenSignal = Reopen } } };
        _ = (roster.Launch(new Launch(1, plan, null)), roster.Launch(new Launch(2, plan, null)));
        _director = new TrafficDirector(_traffic, roster, _time);
    }

    [Fact]
    public void What_is_left_of_a_dead_one_is_killed_before_anything_is_taken_from_it()
    {
        Direct(new Route(1));
        _host[1].LoseMain();
        _traffic.Taken();
        Direct(new Route(2), takeBack: 1);
        Assert.Equal(["kill 1", "prepare 2", "signal 10 to 2", "direct 2 back 1"], _traffic.Taken());
    }

    [Fact]
    public void Whoever_has_the_traffic_alone_again_opens_its_files_anew()
    {
        Direct(new Route(1));
        Direct(new Route(1, 2, 10));
        _traffic.Taken();
        Direct(new Route(1));
        Direct(new Route(1));
        Assert.Equal(["signal 10 to 1", "direct 1", "direct 1"], _traffic.Taken());
    }

    [Fact]
    public void A_pause_lasts_from_the_first_step_that_holds_the_inputs_and_is_told_once_with_what_moved_in_it()
    {
        Assert.Equal((null, 0), Direct(new Route(1)));
        Assert.Equal((null, null), Direct(Route.Held));
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal((null, null), Direct(Route.Held, takeBack: 1));
        _time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal((25, 6), Direct(new Route(2), takeBack: 1));
        _time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal((null, 0), Direct(new Route(1)));
    }

    private (double? PausedMs, long? Moved) Direct(Route route, int? takeBack = null) => _director.Direct(new DirectTraffic(route, takeBack));
}

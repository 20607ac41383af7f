using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration.Switching;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Orchestration.Switching;

public class TrafficRulesTests
{
    private static readonly HashSet<string> _none = [];

    [Theory]
    [InlineData(Traffic.Split)]
    [InlineData(Traffic.Exclusive)]
    [InlineData(Traffic.Sequential)]
    public void What_the_configuration_says_wins(object traffic)
    {
        var plan = With((Traffic)traffic, new TrafficAdvice(Traffic.Split, "the profile"));
        Assert.Equal(new TrafficChoice((Traffic)traffic, "canary.traffic says so"), TrafficRules.Before(plan, () => "shows"));
    }

    [Fact]
    public void Then_what_the_profile_says_and_then_what_both_write()
    {
        Assert.Equal(new TrafficChoice(Traffic.Sequential, "why"), TrafficRules.Before(With(Traffic.Auto, new TrafficAdvice(Traffic.Sequential, "why")), () => "shows"));
        Assert.Null(TrafficRules.Before(With(Traffic.Auto, null), () => null));
        Assert.Equal(
            new TrafficChoice(Traffic.Exclusive, "both generations have /var/log/a open for writing"),
            TrafficRules.Finally(null, new HashSet<string> { "/var/log/b", "/var/log/a" }, new HashSet<string> { "/var/log/a" }, directed: true));
        Assert.Equal(
            new TrafficChoice(Traffic.Split, "no file is written by both generations"),
            TrafficRules.Finally(null, new HashSet<string> { "/var/log/1" }, new HashSet<string> { "/var/log/2" }, directed: true));
    }

    [Theory]
    [InlineData(false, Traffic.Sequential)]
    [InlineData(true, null)]
    public void A_second_process_that_would_spoil_something_comes_after_the_first_unless_state_goes_from_one_to_the_other(bool handsOver, object? traffic)
    {
        var plan = With(Traffic.Auto, null);
        plan = plan with { Orchestration = plan.Orchestration with { StateHandoff = new StateHandoffPlan { Enabled = handsOver } } };
        Assert.Equal(traffic, TrafficRules.Before(plan, () => "has a file")?.Traffic);
    }

    [Fact]
    public void Shared_sockets_cannot_be_exclusive_and_the_reason_says_so()
    {
        var choice = TrafficRules.Finally(new TrafficChoice(Traffic.Exclusive, "canary.traffic says so"), _none, _none, directed: false);
        Assert.Equal((Traffic.Split, false), (choice.Traffic, choice.Directed));
        Assert.Equal("exclusive was wanted (canary.traffic says so), but every socket is shared, so both generations get traffic", choice.Reason);
        var sequential = TrafficRules.Finally(new TrafficChoice(Traffic.Sequential, "why"), _none, _none, directed: false);
        Assert.Equal((Traffic.Sequential, "why", false), (sequential.Traffic, sequential.Reason, sequential.Directed));
    }

    private static Plan With(Traffic traffic, TrafficAdvice? advice)
    {
        var plan = TestPlans.Of("a", p => p with { Canary = new CanaryPlan { Traffic = traffic } });
        return plan with { Service = plan.Service with { Profile = Profile.None with { Traffic = _ => advice } } };
    }
}

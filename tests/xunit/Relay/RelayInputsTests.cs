using System.Net.Sockets;

using Aeterna.Listeners;
using Aeterna.Machine.Plans;
using Aeterna.Relay;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Relay;

public sealed class RelayInputsTests
{
    [Theory]
    [InlineData(null, null, "none")]
    [InlineData(null, "syslog", "syslog")]
    [InlineData("line", "syslog", "line")]
    [InlineData("none", "syslog", "none")]
    [InlineData("nul", null, "nul")]
    [InlineData("u32be", null, "u32be")]
    public void The_listener_comes_before_the_profile(string? plan, string? profile, string framing)
    {
        using var inputs = new RelayInputs(new KeptLog<RelayInputs>());
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var held = RelayRig.Duplicate((int)socket.Handle);
        var address = Temp.Tcp(514);
        using var input = inputs.Relay(address, held);
        var service = TestPlans.Service with
        {
            Listeners = plan is null ? [] : [new ListenerPlan { Name = "x", Address = address, Framing = RelayRig.Cutting(plan).Kind }],
            Profile = Profile.None with { StreamFraming = profile is null ? null : (_, _) => RelayRig.Cutting(profile) },
        };
        Assert.Equal(0, input.Join(new BindCall
        {
            Generation = 1,
            Service = service,
            Key = new SocketKey(address, false, "", 0),
            Socket = held,
            BindNow = () => 0,
            Give = _ => true,
            WhichAreOpen = _ => [],
        }));
        Assert.Equal(framing, ((StreamRelay)input).Framing.Kind.Word());
        Assert.Equal(address, input.Address);
    }
}

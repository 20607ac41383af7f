using System.Net.Sockets;

using Aeterna.Configuration;
using Aeterna.Relay;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Relay;

public sealed class RelayInputsTests
{
    [Theory]
    [InlineData(null, null, nameof(Framing.None))]
    [InlineData(null, "syslog", nameof(Framing.Syslog))]
    [InlineData("line", "syslog", nameof(Framing.Line))]
    [InlineData("none", "syslog", nameof(Framing.None))]
    [InlineData("nul", null, nameof(Framing.Nul))]
    [InlineData("u32be", null, nameof(Framing.U32Be))]
    public void The_plan_comes_before_the_profile(string? plan, string? profile, string framing)
    {
        using var inputs = new RelayInputs(new KeptLog<RelayInputs>());
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var held = RelayRig.Duplicate((int)socket.Handle);
        var address = Temp.Tcp(514);
        using var input = inputs.Relay(address, held, plan is null ? null : new ListenerPlan { Name = "x", Address = address, Framing = plan }, profile);
        Assert.Equal(framing, ((StreamRelay)input).Framing.ToString());
        Assert.Equal(address, input.Address);
    }
}

using System.Net;
using System.Net.Sockets;
using Aeterna.Linux;
using Xunit;

namespace Aeterna.Tests.Linux;

public sealed class PortHoldersTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("0.0.0.0", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "0.0.0.0", true)]
    [InlineData("::1", "::1", true)]
    [InlineData("::", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    public void Who_has_a_port_is_found(string bound, string asked, bool found)
    {
        foreach (var type in new[] { SocketType.Stream, SocketType.Dgram })
        {
            var own = new IPEndPoint(IPAddress.Parse(bound), 0);
            using var socket = new Socket(own.AddressFamily, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
            socket.Bind(own);
            if (type == SocketType.Stream)
            {
                socket.Listen();
            }

            var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            var wanted = new IPEndPoint(IPAddress.Parse(asked), port);
            Assert.Equal(found, PortHolders.Of(wanted, type == SocketType.Stream).Contains(Environment.ProcessId));
            Assert.DoesNotContain(Environment.ProcessId, PortHolders.Of(wanted, type != SocketType.Stream));
        }
    }

    [Fact]
    public void A_process_is_named_with_its_command()
    {
        Assert.StartsWith($"pid {Environment.ProcessId} (", PortHolders.Describe(Environment.ProcessId), StringComparison.Ordinal);
        Assert.Equal("pid 2147483646", PortHolders.Describe(2147483646));
    }
}

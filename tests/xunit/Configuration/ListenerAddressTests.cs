using Aeterna.Machine.Plans;
using Xunit;

namespace Aeterna.Tests.Configuration;

public class ListenerAddressTests
{
    [Theory]
    [InlineData("tcp://0.0.0.0:514")]
    [InlineData("udp://[::]:514")]
    [InlineData("unix:///run/x.sock")]
    [InlineData("unixgram:///dev/log")]
    [InlineData("unix:@name")]
    public void Reads_what_it_writes(string text)
    {
        Assert.True(ListenerAddress.TryParse(text, out var address, out _));
        Assert.Equal(text, address!.ToString());
    }

    [Theory]
    [InlineData("514")]
    [InlineData("tcp://localhost:514")]
    [InlineData("tcp://0.0.0.0:0")]
    [InlineData("tcp://::1:514")]
    [InlineData("unix://relative")]
    [InlineData("http://0.0.0.0:1")]
    public void Refuses_and_says_what_it_expected(string text)
    {
        Assert.False(ListenerAddress.TryParse(text, out _, out var expected));
        Assert.Contains("://", expected, StringComparison.Ordinal);
    }
}

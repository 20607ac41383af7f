using System.Text;
using Aeterna.Client;
using Xunit;

namespace Aeterna.Tests.Client;

public sealed class EventStreamTests
{
    [Theory]
    [InlineData("id: 1\nevent: state\ndata: a\n\n: heartbeat\n\ndata: b\r\n\r\n", "a|b")]
    [InlineData("data: a\ndata:b\ndata:  c\n\n", "a\nb\n c")]
    [InlineData("data\nid: 3\n\n", "")]
    [InlineData("data: whole\n\ndata: cut", "whole")]
    public async Task Events_are_read_as_the_standard_has_them(string text, string expected)
    {
        List<string> events = [];
        await foreach (var data in EventStream.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), default))
        {
            events.Add(data);
        }

        Assert.Equal(expected, string.Join('|', events));
    }
}

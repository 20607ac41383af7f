extern alias Module;

using System.Text;
using Module::Aeterna.PowerShell.Client;
using Xunit;

namespace Aeterna.Tests.PowerShell;

/// <summary>The two text formats that the module reads itself.</summary>
public sealed class StreamTests
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

    [Fact]
    public void Metrics_are_read_with_type_help_and_labels()
    {
        var samples = MetricsText.Read("""
            # HELP h_seconds How long it took.
            # TYPE h_seconds histogram
            h_seconds_bucket{path="/a,b{}\"x\\\n",le="+Inf"} 3
            h_seconds_sum 1.5e-3
            # TYPE c_count counter
            c_count 7
            strange
            empty{}  +Inf
            """).ToList();

        Assert.Equal(["h_seconds_bucket", "h_seconds_sum", "c_count", "empty"], samples.Select(s => s.Metric));
        Assert.Equal(["histogram", "histogram", "counter", "untyped"], samples.Select(s => s.Type));
        Assert.Equal([3, 0.0015, 7, double.PositiveInfinity], samples.Select(s => s.Value));
        Assert.Equal([new("path", "/a,b{}\"x\\\n"), new("le", "+Inf")], samples[0].Labels);
        Assert.Equal("How long it took.", samples[0].Help);
        Assert.Empty(samples[3].Labels);
    }
}

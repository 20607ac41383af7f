extern alias Module;

using Module::Aeterna.PowerShell.Engines;
using Xunit;

namespace Aeterna.Tests.PowerShell;

/// <summary>The text format of metrics, which the module reads itself.</summary>
public sealed class MetricsTextTests
{
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

using Aeterna.Listeners;

using Xunit;

namespace Aeterna.Tests.Listeners;

public class DescriptorSharesTests
{
    [Theory]
    [InlineData(1_024)]
    [InlineData(20_000)]
    [InlineData(65_536)]
    [InlineData(1_048_576)]
    public void All_shares_together_leave_the_reserve(long limit) =>
        Assert.True(DescriptorShares.Captured(limit) + (5L * DescriptorShares.Connections(limit)) + DescriptorShares.Reserve <= limit);

    [Fact]
    public void Five_thousand_connections_fit_into_what_the_readme_names() => Assert.True(DescriptorShares.Connections(34_000) >= 5_000);
}

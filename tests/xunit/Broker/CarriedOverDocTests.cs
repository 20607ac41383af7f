using Aeterna.Linux;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>The page tells what is carried.</summary>
public class CarriedOverDocTests
{
    [Fact]
    public void Names_every_option_that_is_carried()
    {
        var carried = File.ReadAllText(Repository.File("docs", "carried-over.md")).Split("## What is not")[0];
        Assert.All(
            SocketTraits.Options.Concat(SocketTraits.OfTheFile).SelectMany(t => t.Name.Split(", ")),
            name => Assert.Contains($"`{name}`", carried, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tfd:        4 events: 80000019 data:                4  pos:0 ino:73f11 sdev:9", 4, 0x80000019u, 4ul, 0x73f11ul)]
    [InlineData("tfd:       12 events:       19 data: ffffffff0000000c  pos:0 ino:1 sdev:9", 12, 0x19u, 0xffffffff0000000cul, 1ul)]
    public void Reads_what_the_kernel_prints_of_an_epoll_set(string line, int number, uint events, ulong data, ulong inode) =>
        Assert.Equal(new EpollRegistration(number, events, data, inode), EpollSets.Parse(line));

    [Theory]
    [InlineData("pos:\t0")]
    [InlineData("tfd:")]
    [InlineData("tfd: x events: 19 data: 4 pos:0 ino:1")]
    [InlineData("tfd:        4 events:       19 data:                4 ")] // Before Linux 5.0 there is no inode.
    public void Takes_no_other_line_for_a_registration(string line) => Assert.Null(EpollSets.Parse(line));
}

using Aeterna.Configuration.Profiles;
using Xunit;

namespace Aeterna.Tests.Configuration;

public class ShortOptionsTests
{
    [Theory]
    [InlineData("p -f a", "a")]
    [InlineData("p -fa", "a")]
    [InlineData("p -nf a", "a")]
    [InlineData("p -nfa", "a")]
    [InlineData("p -f a -f b", "b")]
    [InlineData("p -i -f a", null)]
    [InlineData("p -- -f a", null)]
    [InlineData("p -f", null)]
    [InlineData("p f", null)]
    [InlineData("p -", null)]
    public void Reads_as_getopt_does(string command, string? file) =>
        Assert.Equal(file, ShortOptions.Read(command.Split(' '), "fi").Last('f'));
}

using Aeterna.Keeper;
using Xunit;

namespace Aeterna.Tests.Keeper;

/// <summary>Who is to be a keeper.</summary>
public class KeeperArgumentsTests
{
    [Theory]
    [InlineData(true, "start a.yaml")]
    [InlineData(true, "adopt --pid 7 -c a.yaml --session-leader")]
    [InlineData(true, "start a.yaml --keeper", "jit")]
    [InlineData(true, "start a.yaml --keeper", "NOTIFY_SOCKET")]
    [InlineData(false, "start a.yaml", "jit")]
    [InlineData(false, "start a.yaml", "NOTIFY_SOCKET")]
    [InlineData(false, "start a.yaml", "AETERNA_KEEPER")]
    [InlineData(false, "start a.yaml --keeper", "AETERNA_KEEPER")]
    [InlineData(false, "start a.yaml --no-keeper")]
    [InlineData(false, "start a.yaml --keeper --no-keeper")]
    [InlineData(false, "start a.yaml --detach")]
    [InlineData(false, "start --help")]
    [InlineData(false, "status")]
    [InlineData(false, "")]
    public void A_start_is_kept_unless_it_cannot_or_is_not_to_be(bool kept, string line, string where = "")
    {
        string? Variable(string name) => name == where ? "4" : null;

        Assert.Equal(kept, KeeperArguments.AskFor(line.Split(' '), canGuard: where != "jit", Variable));
    }
}

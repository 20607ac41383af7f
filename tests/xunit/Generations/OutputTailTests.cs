using Aeterna.Generations;
using Xunit;

namespace Aeterna.Tests.Generations;

public sealed class OutputTailTests
{
    [Fact]
    public void Both_bounds_hold()
    {
        var tail = new OutputTail(20, 3);
        Assert.Equal([], tail.Lines);
        foreach (var line in new[] { "a", "b", "c", "d" })
        {
            tail.Add(line);
        }

        Assert.Equal(["b", "c", "d"], tail.Lines);
        tail.Add("seventeen letters");
        Assert.Equal(["d", "seventeen letters"], tail.Lines);
        tail.Add(new string('x', 25));
        Assert.Equal([new string('x', 20)], tail.Lines);
    }
}

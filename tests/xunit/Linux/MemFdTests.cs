using Aeterna.Linux;
using Xunit;

namespace Aeterna.Tests.Linux;

/// <summary>A memory file counts as sealed only when nobody can change anything of it any more.</summary>
public class MemFdTests
{
    private const int AddSeals = 1033;
    private const int Shrink = 2;
    private const int Grow = 4;
    private const int Write = 8;

    [Theory]
    [InlineData(Shrink | Grow | Write, true)]
    [InlineData(Grow | Write, false)]
    [InlineData(Shrink | Write, false)]
    [InlineData(Shrink | Grow, false)]
    [InlineData(0, false)]
    public void Each_of_the_three_seals_is_needed(int seals, bool sealedNow)
    {
        using var memory = MemFd.Create("test", 10);
        Errno.ThrowIfFailed(LibC.fcntl(memory.Number, AddSeals, seals), "fcntl(F_ADD_SEALS)");
        Assert.Equal(sealedNow, MemFd.IsSealed(memory));
    }

    [Fact]
    public void Sealing_sets_all_of_them()
    {
        using var memory = MemFd.Create("test", 10);
        MemFd.Seal(memory);
        Assert.True(MemFd.IsSealed(memory));
    }
}

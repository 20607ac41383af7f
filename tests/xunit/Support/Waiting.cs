using Xunit;

namespace Aeterna.Tests.Support;

/// <summary>Waits for what has no event to wait for.</summary>
internal static class Waiting
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    public static async Task Until(Func<bool> holds)
    {
        var end = DateTime.UtcNow + _limit;
        while (!holds())
        {
            Assert.True(DateTime.UtcNow < end, "it did not come about within 30 s");
            await Task.Delay(10);
        }
    }
}

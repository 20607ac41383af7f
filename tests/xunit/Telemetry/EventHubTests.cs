using Aeterna.Contract;
using Aeterna.Telemetry;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Telemetry;

public class EventHubTests
{
    private readonly EventHub _hub = new(new SetTime());

    [Fact]
    public async Task Follows_on_after_the_id_that_was_seen_last_and_then_live()
    {
        Publish(3);
        await using var reader = _hub.Follow(1, default).GetAsyncEnumerator();

        Assert.Equal(2, await Next(reader));
        Assert.Equal(3, await Next(reader));
        Publish(1);
        Assert.Equal(4, await Next(reader));
    }

    [Fact]
    public async Task Live_only_skips_what_was()
    {
        Publish(3);
        await using var reader = _hub.Follow(EventHub.LiveOnly, default).GetAsyncEnumerator();
        var next = reader.MoveNextAsync();
        Publish(1);

        Assert.True(await next);
        Assert.Equal(4, reader.Current.Id);
    }

    [Fact]
    public async Task An_id_of_an_earlier_run_gets_all_that_is_remembered()
    {
        Publish(2);
        await using var reader = _hub.Follow(5000, default).GetAsyncEnumerator();

        Assert.Equal(1, await Next(reader));
    }

    [Fact]
    public async Task Remembers_the_last_thousand()
    {
        Publish(EventHub.Remembered + 5);
        await using var reader = _hub.Follow(0, default).GetAsyncEnumerator();

        Assert.Equal(6, await Next(reader));
    }

    [Fact]
    public async Task A_follower_that_does_not_read_holds_nobody_up_and_misses_the_oldest()
    {
        await using var slow = _hub.Follow(0, default).GetAsyncEnumerator();
        Publish(1);
        Assert.Equal(1, await Next(slow));
        Publish(EventHub.Waiting + 10);

        Assert.Equal(12, await Next(slow));
    }

    [Fact]
    public async Task Closing_lets_a_follower_read_to_the_end()
    {
        Publish(2);
        _hub.Close();
        List<long> seen = [];
        await foreach (var report in _hub.Follow(0, default))
        {
            seen.Add(report.Id);
        }

        Assert.Equal([1, 2], seen);
    }

    private void Publish(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(new SetTime().Now, _hub.Publish(Samples.Event("something")).Time);
        }
    }

    private static async Task<long> Next(IAsyncEnumerator<EventReport> reader)
    {
        Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        return reader.Current.Id;
    }
}

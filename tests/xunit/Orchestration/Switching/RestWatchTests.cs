using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Orchestration.Switching;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Orchestration.Switching;

public sealed class RestWatchTests : IAsyncDisposable
{
    private readonly FakeTraffic _traffic = new();
    private readonly FakeGeneration _generation = new(1);

    public ValueTask DisposeAsync() => _generation.DisposeAsync();

    [Fact]
    public void Rest_counts_only_once_everything_is_read()
    {
        var looks = 0;
        _traffic.Read = _ => ++looks > 20;
        Assert.Null(Watch.Await(_generation, null, TimeSpan.FromSeconds(30), () => false));
        Assert.Equal(25, looks);
    }

    [Fact]
    public void A_signal_that_it_does_not_catch_is_not_sent()
    {
        Assert.Null(Watch.Await(_generation, 1, TimeSpan.FromSeconds(30), () => false));
        Assert.Empty(_generation.Signals);
    }

    [Fact]
    public void A_dead_one_is_not_waited_for()
    {
        _generation.Does = Sleeping;
        _generation.Die();
        Assert.NotNull(Watch.Await(_generation, null, TimeSpan.FromHours(1), () => false));
        Assert.Null(Watch.Finish(_generation, null, TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Before_its_end_it_is_enough_for_one_that_wakes_by_the_clock_to_do_next_to_nothing()
    {
        _generation.Does = Sleeping;
        Assert.Null(Watch.Finish(_generation, null, TimeSpan.FromHours(1)));
    }

    [Fact]
    public void One_that_works_on_is_told_to_end_when_its_time_is_over_and_it_is_said()
    {
        var ran = 0L;
        _generation.Does = () => new Activity([Thread($"{ran += 1_000_000_000} 0 1")], 0);
        Assert.Equal(
            "within drain.timeout of 100ms it did not come to rest: thread 7 (worker) was in a timed sleep or in a call that ends by itself",
            Watch.Finish(_generation, null, TimeSpan.FromMilliseconds(100)));
    }

    [Theory]
    [InlineData(true, RestWatch.Sleep.WorkThatMayEnd, "thread 7 (worker) was in a timed sleep or in a call that ends by itself")]
    [InlineData(false, RestWatch.Sleep.Unknown, "it had not read all that it was given")]
    public void It_has_all_its_time_for_work_that_may_end_and_for_what_it_has_not_read(bool read, object sleep, string why)
    {
        var time = new ManualTime();
        _generation.Does = Sleeping;
        _traffic.Read = _ =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100)); // Ten looks are long enough for one that is taken to be calm.
            return read;
        };
        Assert.Equal(
            $"within drain.timeout of 5s it did not come to rest: {why}",
            new RestWatch(_traffic, time).Finish(_generation, null, TimeSpan.FromSeconds(5), (RestWatch.Sleep)sleep));
    }

    private RestWatch Watch => new(_traffic, TimeProvider.System);

    private static Activity Sleeping() => new([Thread("5 0 1")], 0);

    private static ThreadActivity Thread(string progress) =>
        new() { Thread = 7, Name = "worker", State = 'S', Call = -1, Progress = progress, Function = "" };
}

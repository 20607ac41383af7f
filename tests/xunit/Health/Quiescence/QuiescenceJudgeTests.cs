using Aeterna.Generations;
using Aeterna.Health.Quiescence;
using Aeterna.Linux;
using Xunit;

namespace Aeterna.Tests.Health.Quiescence;

public class QuiescenceJudgeTests
{
    private static readonly WaitCalls _calls = WaitCalls.Native;

    [Fact]
    public void Several_equal_looks_are_rest_and_one_less_is_not()
    {
        var judge = QuiescenceJudge.None;
        for (var i = 1; i < QuiescenceJudge.Looks; i++)
        {
            judge = judge.With(Seen(Thread(_calls.Futex)));
            Assert.False(judge.AtRest);
            Assert.NotNull(judge.Busy);
        }

        Assert.True(judge.With(Seen(Thread(_calls.Futex))).AtRest);
    }

    [Fact]
    public void A_thread_that_has_run_a_byte_written_and_a_new_thread_begin_the_count_anew()
    {
        Assert.Contains("worked from time to time", Broken(Seen(Thread(_calls.Futex, progress: "2 0 2"))), StringComparison.Ordinal);
        Assert.Equal("it was writing", Broken(Seen(Thread(_calls.Futex)) with { Written = 1 }));
        Assert.Equal("it started or ended threads", Broken(Seen(Thread(_calls.Futex), Thread(_calls.Futex) with { Thread = 8 })));
    }

    [Theory]
    [InlineData('R', -1, "", null, "was running")]
    [InlineData('T', 0, "", null, "was stopped")]
    [InlineData('D', 0, "folio_wait_bit", null, "waited for the disk")]
    [InlineData('S', 230, "", null, "was in a timed sleep or in a call that ends by itself")]
    [InlineData('S', -1, "", null, "was in a timed sleep or in a call that ends by itself")]
    public void What_is_no_rest_is_named(char state, int call, string function, string? source, string why)
    {
        var thread = Thread(call, state: state) with { Function = function, Source = source };
        Assert.Equal($"thread 7 (rs:main Q:Reg) {why}", QuiescenceJudge.None.With(Seen(thread)).Busy);
    }

    [Fact]
    public void A_call_that_a_stop_interrupted_is_rest_unless_it_is_a_sleep()
    {
        var thread = Thread(_calls.Restart_syscall);
        Assert.True(Rests(thread with { Function = "futex_do_wait" }));
        Assert.True(Rests(thread with { Function = "poll_schedule_timeout.constprop.0" }));
        Assert.False(Rests(thread with { Function = "hrtimer_nanosleep" }));
        Assert.False(Rests(thread with { Function = "0" }));
    }

    [Theory]
    [InlineData("socket:[12]", true)]
    [InlineData("pipe:[12]", true)]
    [InlineData("anon_inode:[eventfd]", true)]
    [InlineData("anon_inode:[timerfd]", false)]
    [InlineData("/proc/kmsg", true)]
    [InlineData("/dev/kmsg", true)]
    [InlineData("/var/log/big", false)]
    [InlineData(null, false)]
    public void A_read_is_rest_where_it_can_wait(string? source, bool rest) =>
        Assert.Equal(rest, Rests(Thread(_calls.Read) with { Source = source }));

    [Fact]
    public void A_thread_in_a_trapped_accept_rests_and_one_in_a_trapped_bind_does_not()
    {
        var thread = Thread(_calls.Accept, state: 'D') with { Function = "__seccomp_filter" };
        Assert.True(Rests(thread));
        Assert.False(Rests(thread with { Call = SyscallTable.Native.Bind }));
    }

    [Fact]
    public void Calm_is_a_second_without_work()
    {
        static Activity Ran(long ns, long written = 0) => new([Thread(230, progress: $"{ns} 0 1")], written);
        static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
        var calm = CalmJudge.After(null, At(0), Ran(0));
        calm = CalmJudge.After(calm, At(0.99), Ran(1_000_000));
        Assert.False(calm.IsCalm);
        Assert.True(CalmJudge.After(calm, At(1), Ran(9_000_000)).IsCalm);
        var busy = CalmJudge.After(calm, At(1), Ran(11_000_000));
        Assert.False(busy.IsCalm);
        Assert.False(CalmJudge.After(busy, At(1.9), Ran(11_000_000)).IsCalm);
        Assert.False(CalmJudge.After(calm, At(1), Ran(1_000_000, written: 5)).IsCalm);
    }

    private static bool Rests(ThreadActivity thread)
    {
        var judge = QuiescenceJudge.None;
        for (var i = 0; i < QuiescenceJudge.Looks; i++)
        {
            judge = judge.With(Seen(thread));
        }

        return judge.AtRest;
    }

    private static string? Broken(Activity other)
    {
        var judge = QuiescenceJudge.None;
        for (var i = 1; i < QuiescenceJudge.Looks; i++)
        {
            judge = judge.With(Seen(Thread(_calls.Futex)));
        }

        judge = judge.With(other);
        Assert.Equal(1, judge.Equal);
        return judge.Busy;
    }

    private static Activity Seen(params ThreadActivity[] threads) => new(threads, 0);

    private static ThreadActivity Thread(int call, string progress = "1 0 1", char state = 'S') =>
        new() { Thread = 7, Name = "rs:main Q:Reg", State = state, Call = call, Progress = progress, Function = "" };
}

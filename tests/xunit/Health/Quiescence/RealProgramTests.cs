using Aeterna.Generations;
using Aeterna.Health.Quiescence;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Health.Quiescence;

/// <summary>The judge over looks at real programs.</summary>
[Collection(Alone.Name)]
public class RealProgramTests
{
    [Theory]
    [InlineData("select.select([s], [], [], 1000)")]
    [InlineData("p = select.poll(); p.register(s, select.POLLIN); p.poll(1000000)")]
    [InlineData("p = select.poll(); p.register(timer(), 1); p.register(s, 1); p.poll()")]
    [InlineData("select.poll().poll()")]
    [InlineData("e = select.epoll(); e.register(s); e.poll(1000)")]
    [InlineData("e = select.epoll(); e.register(timer()); e.register(s); e.poll()")]
    [InlineData("select.epoll().poll()")]
    [InlineData("signal.sigtimedwait([signal.SIGUSR1], 1000)")]
    [InlineData("s.recv(1)")]
    [InlineData("t.accept()")]
    [InlineData("os.read(os.pipe()[0], 1)")]
    [InlineData("threading.Event().wait()")]
    [InlineData("signal.sigwait([signal.SIGUSR1])")]
    [InlineData("os.waitpid(child, 0)")]
    public async Task A_program_that_waits_rests(string call)
    {
        await using var rig = new Rig();
        var generation = Start(rig, call);
        await Temp.Until(() => File.Exists(Path.Combine(rig.Directory, "ready")), "it runs");
        await Temp.Until(() => AtRest(generation, out _), $"rest in {call}");
    }

    [Theory]
    [InlineData("time.sleep(1000)", "timed sleep")]
    [InlineData("libc.usleep(999999999)", "timed sleep")]
    [InlineData("select.select([], [], [], 1000)", "timed sleep")]
    [InlineData("libc.select(1024, bytes(128), bytes(128), None, ctypes.byref((ctypes.c_long * 2)(1000, 0)))", "timed sleep")]
    [InlineData("libc.pselect(0, None, None, None, ctypes.byref((ctypes.c_long * 2)(1000, 0)), None)", "timed sleep")]
    [InlineData("select.poll().poll(1000000)", "timed sleep")]
    [InlineData("libc.poll((ctypes.c_int * 2)(-1, 1), 1, 1000000)", "timed sleep")]
    [InlineData("libc.ppoll(None, 0, ctypes.byref((ctypes.c_long * 2)(1000, 0)), None)", "timed sleep")]
    [InlineData("select.epoll().poll(1000)", "timed sleep")]
    [InlineData("signal.sigtimedwait([], 1000)", "timed sleep")]
    [InlineData("p = select.poll(); p.register(timer(), select.POLLIN); p.poll()", "timed sleep")]
    [InlineData("e = select.epoll(); e.register(timer()); e.poll()", "timed sleep")]
    [InlineData("os.read(timer(), 8)", "read from anon_inode:[timerfd]")]
    [InlineData("[0 for _ in iter(int, 1)]", "was running")]
    public async Task A_program_that_sleeps_by_the_clock_or_works_does_not_rest(string call, string why)
    {
        await using var rig = new Rig();
        var generation = Start(rig, call);
        await Temp.Until(() => File.Exists(Path.Combine(rig.Directory, "ready")), "it runs");
        var busy = "";
        await Temp.Until(() => !AtRest(generation, out busy) && busy!.Contains(why, StringComparison.Ordinal), $"{why} in {call}");
    }

    [Theory]
    [InlineData("select.poll().poll(1000000)")]
    [InlineData("time.sleep(1000)")]
    public async Task A_sleep_that_a_stop_interrupted_is_one_afterwards(string call)
    {
        await using var rig = new Rig();
        var generation = Start(rig, call);
        await Temp.Until(() => !AtRest(generation, out var why) && why!.Contains("timed sleep", StringComparison.Ordinal), "sleep");
        Assert.True(generation.Freeze(default));
        generation.Thaw();
        await Temp.Until(() => !AtRest(generation, out var why) && why!.Contains("timed sleep", StringComparison.Ordinal), "sleep after the thaw");
    }

    [Fact]
    public async Task A_program_that_was_frozen_and_thawed_rests_again()
    {
        await using var rig = new Rig();
        var generation = Start(rig, "threading.Event().wait(1000)");
        await Temp.Until(() => AtRest(generation, out _), "rest");
        Assert.True(generation.Freeze(default));
        generation.Thaw();
        await Temp.Until(() => AtRest(generation, out _), "rest after the thaw");
    }

    [Fact]
    public async Task What_it_has_open_for_writing_and_which_signals_it_catches_is_known()
    {
        await using var rig = new Rig();
        var (written, read) = (Path.Combine(rig.Directory, "written"), Path.Combine(rig.Directory, "read"));
        File.WriteAllText(read, "");
        var generation = Start(rig, $"signal.signal(1, print); w = open('{written}', 'a'); r = open('{read}'); select.poll().poll()");
        await Temp.Until(() => generation.FilesWritten().Count == 1, "the file is open");
        Assert.Equal([written], generation.FilesWritten());
        Assert.True(generation.Catches(1));
        Assert.False(generation.Catches(10));
    }

    private static IGeneration Start(Rig rig, string call) => rig.StartPython(
        $$"""
        import ctypes, os, select, signal, socket, sys, threading, time
        libc = ctypes.CDLL(None)
        def timer():
            t = libc.timerfd_create(1, 0); libc.timerfd_settime(t, 0, ctypes.byref((ctypes.c_long * 4)(0, 0, 1000, 0)), None); return t
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0))
        t = socket.socket(); t.bind(('127.0.0.1', 0)); t.listen()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        r, w = os.pipe()
        child = os.fork() if 'child' in '''{{call.Replace("'", "", StringComparison.Ordinal)}}''' else None
        if child == 0: os.read(r, 1)
        open(os.path.join(os.path.dirname(sys.argv[0]), 'ready'), 'w').close()
        {{call}}
        """);

    private static bool AtRest(IGeneration generation, out string? busy)
    {
        var judge = QuiescenceJudge.None;
        for (var i = 0; i < QuiescenceJudge.Looks; i++)
        {
            judge = judge.With(generation.Activity());
        }

        busy = judge.Busy;
        return judge.AtRest;
    }
}

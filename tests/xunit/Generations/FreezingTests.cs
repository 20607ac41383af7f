using Aeterna.Generations;
using Aeterna.Generations.Freezing;
using Aeterna.Linux;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Generations;

/// <summary>Real processes are held still, by their control group and by signals.</summary>
public class FreezingTests
{
    /// <summary>A process that counts without end, and one of its children too; each in two threads.</summary>
    private const string Busy = """
        import os, threading
        def count():
            n = 0
            while True: n += 1
        threading.Thread(target=count, daemon=True).start()
        if len(os.sys.argv) == 2: os.spawnv(os.P_NOWAIT, os.sys.executable, [os.sys.executable, '-S', os.sys.argv[0]])
        count()
        """;

    private static readonly TimeSpan _long = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_of_a_frozen_generation_runs_until_it_is_thawed(bool byGroup)
    {
        await using var rig = new Rig();
        var generation = rig.StartPython(Busy, "with a child");
        await Temp.Until(() => generation.Activity().Threads.Count == 4, "four threads");
        var freezer = FreezerOf(rig, generation, byGroup);
        Assert.True(freezer.Freeze(default));
        Assert.True(freezer.IsFrozen);
        Assert.True(freezer.Freeze(default));
        var before = Progress(generation);
        Assert.Equal(4, before.Count);

        // Long enough for a busy thread to be seen on any machine: it would use all of it.
        await Task.Delay(200);
        Assert.Equal(before, Progress(generation));
        freezer.Thaw();
        Assert.False(freezer.IsFrozen);
        await Temp.Until(() => !before.SequenceEqual(Progress(generation)), "they run again");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Kill_ends_a_frozen_generation(bool byGroup)
    {
        await using var rig = new Rig();
        var generation = rig.StartPython(Busy, "with a child");
        await Temp.Until(() => generation.Usage().Processes == 2, "two processes");
        var set = new ProcessSet(null, generation.Pid, Path.Combine(rig.Directory, "gen-1"));
        Assert.True(FreezerOf(rig, generation, byGroup).Freeze(default));
        if (byGroup)
        {
            generation.Kill();
        }
        else
        {
            set.Kill();
        }

        Assert.Equal(9, (await generation.Exited.WaitAsync(_long)).Signal);
        await generation.Gone.WaitAsync(_long);
        Assert.False(generation.Freeze(default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_signal_to_a_frozen_generation_is_the_first_thing_that_it_finds_when_thawed(bool byGroup)
    {
        await using var rig = new Rig();
        var ready = Path.Combine(rig.Directory, "ready");
        var generation = rig.StartPython(
            """
            import os, signal, sys, time
            signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
            open(sys.argv[1], 'w').close()
            while True: time.sleep(0.01)
            """,
            ready);
        await Temp.Until(() => File.Exists(ready), "the handler is there");
        var freezer = FreezerOf(rig, generation, byGroup);
        Assert.True(freezer.Freeze(default));
        generation.Signal(15);
        Assert.False(generation.Exited.IsCompleted);
        freezer.Thaw();
        Assert.Equal(7, (await generation.Exited.WaitAsync(_long)).Code);
    }

    [Theory]
    [InlineData("main")]
    [InlineData("other")]
    public async Task A_signal_to_a_frozen_generation_goes_to_the_thread_that_would_have_got_it(string taker)
    {
        // Seven threads that would take it too, and look for signals at the same time when they are let go.
        await using var rig = new Rig();
        var (program, said) = (Path.Combine(rig.Directory, "threads"), Path.Combine(rig.Directory, "said"));
        Assert.Equal("", Gcc.Compile(Threads, "-pthread", "-o", program));
        File.WriteAllText(said, "");
        var generation = rig.Start(program, said, taker);
        await Temp.Until(() => generation.Activity().Threads.Count == 8 && ProcFs.Catches(generation.Pid, 10), "its threads");
        const int rounds = 40;
        for (var round = 1; round <= rounds; round++)
        {
            Assert.True(generation.Freeze(default));
            generation.Signal(10);
            generation.Thaw();
            await Temp.Until(() => new FileInfo(said).Length == round, "the handler has run");
        }

        Assert.Equal(new string(taker[0], rounds), File.ReadAllText(said));
    }

    private const string Threads = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <pthread.h>
        #include <signal.h>
        #include <string.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        static int said;
        static void handle(int s) { (void)s; (void)!write(said, syscall(SYS_gettid) == getpid() ? "m" : "o", 1); }
        static void *wait(void *unused) {
            sigset_t none;
            sigemptyset(&none);
            pthread_sigmask(SIG_SETMASK, &none, 0);
            while (1) pause();
            return unused;
        }
        int main(int argc, char **argv) {
            sigset_t usr1;
            pthread_t thread;
            said = open(argv[1], O_WRONLY | O_APPEND);
            sigemptyset(&usr1);
            sigaddset(&usr1, SIGUSR1);
            if (!strcmp(argv[argc - 1], "other")) pthread_sigmask(SIG_BLOCK, &usr1, 0);
            for (int i = 0; i < 7; i++) pthread_create(&thread, 0, wait, 0);
            signal(SIGUSR1, handle);
            while (1) pause();
        }
        """;

    [Fact]
    public async Task A_process_that_forks_on_and_on_is_caught_with_all_its_children()
    {
        await using var rig = new Rig();
        var generation = rig.StartPython(
            """
            import os, time
            while True:
                if os.fork() == 0:
                    end = time.monotonic() + 0.02
                    while time.monotonic() < end: pass
                    os._exit(0)
                while True:
                    try:
                        if os.waitpid(-1, os.WNOHANG)[0] == 0: break
                    except ChildProcessError: break
                time.sleep(0.002)
            """);
        await Temp.Until(() => generation.Usage().Processes > 2, "children");
        var freezer = FreezerOf(rig, generation, byGroup: false);
        Assert.True(freezer.Freeze(default));
        var set = new ProcessSet(null, generation.Pid, Path.Combine(rig.Directory, "gen-1"));
        var before = set.Pids();
        await Task.Delay(100);
        Assert.Equal(before, set.Pids());
        freezer.Thaw();
    }

    [Fact]
    public async Task Cancelled_it_runs_on()
    {
        await using var rig = new Rig();
        var generation = rig.StartPython(Busy);
        await Temp.Until(() => generation.Usage().Cpu > TimeSpan.Zero, "it counts");
        var freezer = new SignalFreezer(() => [generation.Pid]);
        Assert.False(freezer.Freeze(new CancellationToken(canceled: true)));
        Assert.False(freezer.IsFrozen);
        var before = Progress(generation);
        await Temp.Until(() => !before.SequenceEqual(Progress(generation)), "it counts on");
    }

    [RootFact]
    public async Task A_thread_that_waits_for_the_broker_counts_as_still()
    {
        // Nobody answers here: the filter's descriptor is read once and then left alone, as a broker does that waits for a connection.
        await using var rig = new Rig();
        var group = Cgroup.TryCreate($"aeterna-t-{Guid.NewGuid():N}")!;
        var program = Path.Combine(rig.Directory, "waits");
        Assert.Equal("", Gcc.Compile(WaitsForAnAnswer, "-o", program));
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program) { RedirectStandardOutput = true })!;
        try
        {
            // Until it has been read the kernel takes it for a wait like any other, and freezes it.
            Assert.Equal("read", await process.StandardOutput.ReadLineAsync().WaitAsync(_long));
            group.Add(process.Id);
            var freezer = new GroupFreezer(group);
            Assert.True(freezer.Freeze(default));
            Assert.False(group.Freezing().Frozen);
            Assert.Contains(ProcThreads.Standing(process.Id), t => Stillness.AwaitsBroker(t.State, t.Function));
            freezer.Thaw();
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
            Assert.True(SpinWait.SpinUntil(group.TryRemove, _long));
        }
    }

    private const string WaitsForAnAnswer = """
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        #include <pthread.h>
        #include <stddef.h>
        #include <string.h>
        #include <sys/ioctl.h>
        #include <sys/prctl.h>
        #include <sys/socket.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        static int listener;
        static void *call(void *unused) { listen(-1, 0); return unused; }
        static void *install(void *unused) {
            struct sock_filter code[] = {
                { 0x20, 0, 0, offsetof(struct seccomp_data, nr) }, { 0x15, 0, 1, __NR_listen },
                { 0x06, 0, 0, SECCOMP_RET_USER_NOTIF }, { 0x06, 0, 0, SECCOMP_RET_ALLOW } };
            struct sock_fprog program = { 4, code };
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            listener = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | (1UL << 5), &program);
            return call(unused);
        }
        int main(void) {
            struct seccomp_notif seen;
            pthread_t thread;
            listener = 0;
            pthread_create(&thread, 0, install, 0);
            while (*(volatile int *)&listener == 0) usleep(1000);
            memset(&seen, 0, sizeof seen);
            ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &seen);
            write(1, "read\n", 5);
            pause();
            return 0;
        }
        """;

    // Every thread's own account of what it has run.
    private static List<string> Progress(IGeneration generation) =>
        [.. generation.Activity().Threads.OrderBy(thread => thread.Thread).Select(thread => $"{thread.Thread}: {thread.Progress}")];

    private static IFreezer FreezerOf(Rig rig, IGeneration generation, bool byGroup) => byGroup
        ? new Through(generation)
        : new ProcessSet(null, generation.Pid, Path.Combine(rig.Directory, $"gen-{generation.Number}")).Freezer();

    private sealed class Through(IGeneration generation) : IFreezer
    {
        public bool IsFrozen => generation.IsFrozen;

        public bool Freeze(CancellationToken cancel) => generation.Freeze(cancel);

        public void Thaw() => generation.Thaw();
    }
}

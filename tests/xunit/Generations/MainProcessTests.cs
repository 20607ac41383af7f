using System.Globalization;

using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Generations;

/// <summary>A main process that replaces itself: its end is not its generation's, if it says whom it has left its work to.</summary>
public class MainProcessTests
{
    // Starts another one, which stays until it is told, and tells of it as asked before it ends.
    private const string Program = """
        import os, signal, socket, sys
        how, file = sys.argv[1], sys.argv[2]
        while not os.path.exists(file + '.go'): os.sched_yield()
        heir = os.fork()
        if heir == 0:
            signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
            open(file + '.there', 'w').close()
            while True: signal.pause()
        while not os.path.exists(file + '.there'): os.sched_yield()
        def notify(text):
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.sendto(text.encode(), os.environ['NOTIFY_SOCKET'])
        if how == 'notify': notify('STATUS=x\nMAINPID=%d' % heir)
        elif how == 'file': open(file, 'w').write('%d\n' % heir)
        elif how == 'foreign': notify('MAINPID=1')
        elif how == 'stays': notify('MAINPID=%d' % heir); os.waitpid(heir, 0); signal.pause()
        elif how == 'self': notify('MAINPID=%d' % os.getpid())
        elif how == 'nonsense': notify('MAINPID=-5\nMAINPID=99999999999\nMAINPID=x'); open(file, 'w').write('many words')
        os._exit(3)
        """;

    [Theory]
    [InlineData("notify")]
    [InlineData("file")]
    public async Task Who_has_its_work_is_the_main_process_then(string how)
    {
        await using var rig = new Rig();
        var generation = Start(rig, how, out var first);
        await Temp.Until(() => generation.Pid != first && !ProcFs.Runs(first), "the first one has left");
        Assert.False(generation.Exited.IsCompleted);
        Assert.True(generation.Owns(generation.Pid));
        generation.Signal(15);
        await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60));
        await generation.Gone.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Its_end_is_seen_also_while_the_one_before_it_is_there()
    {
        await using var rig = new Rig();
        var generation = Start(rig, "stays", out var first);
        await Temp.Until(() => generation.Pid != first, "the work is handed over");
        generation.Signal(15);
        var exit = await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("an exit code that only its parent knows", exit.ToString());
        Assert.False(exit.Clean);
        Assert.True(ProcFs.Runs(first));
    }

    [Theory]
    [InlineData("foreign")]
    [InlineData("self")]
    [InlineData("nonsense")]
    [InlineData("silent")]
    public async Task Nobody_else_becomes_it(string how)
    {
        await using var rig = new Rig();
        var generation = Start(rig, how, out var first);
        Assert.Equal(new ProcessExit(3, 0), await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(first, generation.Pid);
        Assert.False(generation.Gone.IsCompleted);
    }

    [Fact]
    public async Task What_is_said_in_the_last_moment_counts()
    {
        await using var rig = new Rig();
        foreach (var _ in Enumerable.Range(0, 30))
        {
            var generation = Start(rig, "notify", out var first);
            await Temp.Until(() => !ProcFs.Runs(first), "the first one has left");
            await Temp.Until(() => generation.Pid != first || generation.Exited.IsCompleted, "the end has been looked at");
            Assert.False(generation.Exited.IsCompleted);
            generation.Kill();
        }
    }

    private static IGeneration Start(Rig rig, string how, out int first)
    {
        var file = Path.Combine(rig.Directory, string.Create(CultureInfo.InvariantCulture, $"pid-{rig.Generations.Count}"));
        var program = Path.Combine(rig.Directory, "program.py");
        File.WriteAllText(program, Program);
        var generation = rig.Start(new ServicePlan { Name = "test", Command = ["/usr/bin/python3", "-S", "-u", program, how, file], PidFile = file });
        first = generation.Pid;
        File.WriteAllText(file + ".go", "");
        return generation;
    }
}

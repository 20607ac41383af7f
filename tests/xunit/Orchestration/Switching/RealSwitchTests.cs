using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Aeterna.Configuration.Profiles.Rsyslog;
using Aeterna.Generations;
using Aeterna.Load;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration.Switching;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Orchestration.Switching;

/// <summary>The switch and the wait for rest over real processes.</summary>
[Collection(Alone.Name)]
public class RealSwitchTests
{
    /// <summary>Few enough for a receive buffer of the usual size.</summary>
    private const int MessagesPerRound = 200;

    /// <summary>Reads a pipe that nobody writes to.</summary>
    private const string Idle = """
        import os, signal, sys, time
        r, w = os.pipe()
        os.set_blocking(w, False)
        signal.set_wakeup_fd(w) # A signal just before the read ends it too.
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        open(os.path.join(os.environ['AETERNA_INSTANCE_DIR'], 'up'), 'w').close()
        while True:
            try: os.read(r, 1)
            except InterruptedError: pass
        """;

    [Fact]
    public async Task A_program_at_rest_is_parked_within_milliseconds_and_comes_back()
    {
        await using var rig = new Rig();
        var (old, fresh) = (await Up(rig, Idle), await Up(rig, Idle));
        var traffic = new FakeTraffic();
        var result = Make(traffic, old, fresh).Forward();
        Assert.Equal((SwitchOutcome.Switched, null), (result.Outcome, result.Why));
        Assert.Equal((true, false), (old.IsFrozen, fresh.IsFrozen));

        result = Make(traffic, fresh, old).Back();
        Assert.Equal(SwitchOutcome.Switched, result.Outcome);
        Assert.Equal((false, true), (old.IsFrozen, fresh.IsFrozen));
        fresh.Signal(15);
        Assert.False(fresh.Exited.IsCompleted);
        fresh.Thaw();
        Assert.True((await fresh.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Clean);
    }

    [Fact]
    public async Task A_program_that_works_on_is_recalled_and_named()
    {
        await using var rig = new Rig();
        var old = await Up(rig, Idle.Replace("try: os.read(r, 1)", "try: sum(range(1000))", StringComparison.Ordinal));
        var fresh = await Up(rig, Idle);
        var result = Make(new FakeTraffic(), old, fresh, TimeSpan.FromMilliseconds(100)).Forward();
        Assert.Equal(SwitchOutcome.Recalled, result.Outcome);
        Assert.Matches(@"^recalled: generation 1 did not come to rest within switch_timeout of 100ms: thread \d+ \(python3[.\d]*\) ", result.Why);
        Assert.Equal(9, (await fresh.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Signal);
        Assert.False(old.IsFrozen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Kill_minus_nine_of_either_in_the_midst_of_it_leaves_the_other_running(bool old)
    {
        await using var rig = new Rig();
        var (first, second) = (await Up(rig, Idle), await Up(rig, Idle));
        var traffic = new FakeTraffic { Read = _ => false };
        traffic.Directing = route => (old ? first : second).Kill();
        var result = Make(traffic, first, second).Forward();
        Assert.Equal(old ? SwitchOutcome.Switched : SwitchOutcome.Recalled, result.Outcome);
        var survivor = old ? second : first;
        Assert.False(survivor.IsFrozen || survivor.Exited.IsCompleted);
        Assert.Equal(survivor.Number, traffic.Route.Main);
    }

    [Fact]
    public async Task A_rsyslogd_that_waits_before_it_tries_a_dead_target_again_has_messages_in_hand()
    {
        await using var rig = new Rig();
        var (port, target) = (Ports.Next(), Ports.Next());
        File.WriteAllText(Path.Combine(rig.Directory, "rsyslog.conf"), $$"""
            global(workDirectory="{{rig.Directory}}")
            module(load="imudp")
            module(load="immark" interval="3600")
            module(load="impstats" interval="3600")
            input(type="imudp" port="{{port}}")
            if $programname == "test" then
              action(type="omfwd" target="127.0.0.1" port="{{target}}" protocol="tcp"
                queue.type="LinkedList" action.resumeRetryCount="-1" action.resumeInterval="3600")
            """);
        var generation = rig.Start(new ServicePlan
        {
            Name = "rsyslogd",
            Command = ["/usr/sbin/rsyslogd", "-n", "-iNONE", "-f", Path.Combine(rig.Directory, "rsyslog.conf")],
            Profile = RsyslogProfile.Profile,
        });
        Assert.Null(await generation.WaitReady(new ReadinessRequirement(Readiness.Listeners, TimeSpan.FromSeconds(60), [], true), default));
        var rest = new RestWatch(new FakeTraffic { Read = _ => Queued(port) == 0 }, TimeProvider.System);

        // Its main thread and the two that make messages by the clock sleep all the time.
        Assert.Null(rest.Await(generation, 1, TimeSpan.FromSeconds(60), () => false));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SendTo(Encoding.ASCII.GetBytes("<13>Nov 22 10:00:00 host test: one"), new IPEndPoint(IPAddress.Loopback, port));
        await Temp.Until(
            () => generation.Activity().Threads.Any(t => t is { Sleeps: true, Idles: false } && t.Name.StartsWith("rs:", StringComparison.Ordinal)),
            "the worker waits");
        Assert.Matches(@"^thread \d+ \(rs:action-.*\) was in a timed sleep$", rest.Await(generation, 1, TimeSpan.FromSeconds(1), () => false));
        Assert.Matches(
            @"^thread \d+ \(rs:action-.*\) was in a timed sleep, which it is not expected to end$",
            rest.Finish(generation, 1, TimeSpan.FromSeconds(60), RestWatch.Sleep.Work));
        Assert.StartsWith(
            "within drain.timeout of 2s it did not come to rest: thread ",
            rest.Finish(generation, 1, TimeSpan.FromSeconds(2), RestWatch.Sleep.WorkThatMayEnd), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("asyncWriting=\"on\" flushOnTXEnd=\"off\" ioBufferSize=\"64k\" flushInterval=\"60\"")]
    public async Task A_rsyslogd_at_rest_has_written_every_message_also_when_it_buffers(string options)
    {
        await using var rig = new Rig();
        var (port, file) = (Ports.Next(), Path.Combine(rig.Directory, "out.log"));
        File.WriteAllText(Path.Combine(rig.Directory, "rsyslog.conf"), $$"""
            global(workDirectory="{{rig.Directory}}")
            module(load="imudp")
            input(type="imudp" port="{{port}}" rcvbufSize="8m")
            template(name="line" type="string" string="%rawmsg%\n")
            action(type="omfile" file="{{file}}" template="line" {{options}})
            """);
        var generation = rig.Start(new ServicePlan
        {
            Name = "rsyslogd",
            Command = ["/usr/sbin/rsyslogd", "-n", "-iNONE", "-f", Path.Combine(rig.Directory, "rsyslog.conf")],
            Profile = RsyslogProfile.Profile,
        });
        Assert.Null(await generation.WaitReady(new ReadinessRequirement(Readiness.Listeners, TimeSpan.FromSeconds(60), [], true), default));
        var traffic = new FakeTraffic { Read = _ => Queued(port) == 0 };
        var rest = new RestWatch(traffic, TimeProvider.System);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        for (var round = 1; round <= 20; round++)
        {
            for (var i = 0; i < MessagesPerRound; i++)
            {
                socket.SendTo(Encoding.ASCII.GetBytes($"<13>Nov 22 10:00:00 host test: {i}"), new IPEndPoint(IPAddress.Loopback, port));
            }

            Assert.Null(rest.Await(generation, RsyslogProfile.Profile.FlushSignal, TimeSpan.FromSeconds(60), () => false));
            Assert.True(generation.Freeze(default));
            Assert.Equal(MessagesPerRound * round, File.ReadLines(file).Count(line => line.Contains(" test: ", StringComparison.Ordinal)));
            generation.Thaw();
        }
    }

    // The second column of queues is the one to be read (proc_net(5)).
    private static long Queued(int port)
    {
        var name = port.ToString("X4", CultureInfo.InvariantCulture);
        return File.ReadLines("/proc/net/udp").Concat(File.ReadLines("/proc/net/udp6")).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 4 && words[1].EndsWith($":{name}", StringComparison.Ordinal))
            .Sum(words => long.Parse(words[4].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    private static async Task<IGeneration> Up(Rig rig, string script)
    {
        var generation = rig.StartPython(script);
        await Temp.Until(() => File.Exists(Path.Combine(rig.Directory, $"gen-{generation.Number}", "up")), "it runs");
        return generation;
    }

    private static TrafficSwitch Make(FakeTraffic traffic, IGeneration from, IGeneration to, TimeSpan? timeout = null) => new(
        traffic, new RestWatch(traffic, TimeProvider.System), TimeProvider.System, from, to, 1, timeout ?? TimeSpan.FromSeconds(60), default);
}

using System.Net.Sockets;

using Aeterna.Configuration.Profiles.Rsyslog;
using Aeterna.Generations;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Generations;

/// <summary>Readiness, descendants, and starts that fail.</summary>
public class GenerationTests
{
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Ready_by_notify_waits_for_READY()
    {
        await using var rig = new Rig();
        var go = Path.Combine(rig.Directory, "go");
        var generation = rig.StartPython(
            """
            import os, socket, sys, time
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(os.environ['NOTIFY_SOCKET'])
            s.send(b'STATUS=warming up\nX_UNKNOWN=1')
            while not os.path.exists(sys.argv[1]): time.sleep(0.01)
            s.send(b'READY=1\nSTATUS=serving')
            time.sleep(1000)
            """,
            go);
        var ready = generation.WaitReady(new ReadinessRequirement(Readiness.Notify, _long, [], false), default);
        await Temp.Until(() => generation.NotifyStatus == "warming up", "the first STATUS=");
        Assert.False(ready.IsCompleted);
        File.WriteAllText(go, "");
        Assert.Null(await ready);
        Assert.Equal("serving", generation.NotifyStatus);
    }

    [Fact]
    public async Task What_is_missing_is_said_when_the_time_is_over()
    {
        await using var rig = new Rig();
        var generation = rig.Start("/bin/sleep", "1000");
        var requirement = new ReadinessRequirement(Readiness.Listeners, TimeSpan.FromMilliseconds(200), [Temp.Tcp(1), Temp.Tcp(2)], true);
        Assert.Equal(
            "startup.timeout of 0.2s is over, and tcp://127.0.0.1:1, tcp://127.0.0.1:2 are not bound (if that is intended, force the reload)", await generation.WaitReady(requirement, default));
        Assert.Equal(
            "startup.timeout of 0.2s is over, and READY=1 has not come",
            await generation.WaitReady(requirement with { Ready = Readiness.Notify, MustBind = [] }, default));
    }

    [Fact]
    public async Task A_program_that_never_says_READY_is_ready_once_it_has_bound_all_and_rests()
    {
        var log = new KeptLog<Rig>();
        await using var rig = new Rig(log);
        var (port, go) = (Ports.Next(), Path.Combine(rig.Directory, "go"));
        var generation = rig.StartPython(
            """
            import os, socket, sys, threading, time
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', int(sys.argv[1])))
            while not os.path.exists(sys.argv[2]): time.sleep(0.01)
            s.listen(); threading.Event().wait()
            """,
            $"{port}", go);

        // For half of its time it waits for the word; what is bound and not listened on is not served.
        var requirement = new ReadinessRequirement(Readiness.Listeners, TimeSpan.FromSeconds(2), [Temp.Tcp(port)], true);
        Assert.StartsWith("startup.timeout of 2s is over, and tcp://", await generation.WaitReady(requirement, default), StringComparison.Ordinal);
        File.WriteAllText(go, "");
        Assert.Null(await generation.WaitReady(requirement, default));
        Assert.Contains(log.Lines, entry => entry.Line.Contains("has not said READY=1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task READY_alone_is_not_enough_where_a_socket_has_to_be_bound()
    {
        await using var rig = new Rig();
        var generation = rig.StartPython(
            """
            import os, socket, threading
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(os.environ['NOTIFY_SOCKET']); s.send(b'READY=1')
            threading.Event().wait()
            """);
        await Temp.Until(() => generation.NotifiedReady, "READY=1");
        var requirement = new ReadinessRequirement(Readiness.Listeners, TimeSpan.FromSeconds(1), [Temp.Tcp(1)], true);
        Assert.Contains("tcp://127.0.0.1:1 is not bound", await generation.WaitReady(requirement, default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rsyslogd_without_systemd_takes_the_place_of_one_with_it()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        File.WriteAllText(Path.Combine(rig.Directory, "rsyslog.conf"), $$"""
            module(load="imtcp")
            input(type="imtcp" port="{{port}}" address="127.0.0.1")
            action(type="omfile" file="{{rig.Directory}}/out")
            """);
        string[] command = ["/usr/sbin/rsyslogd", "-n", "-iNONE", "-f", Path.Combine(rig.Directory, "rsyslog.conf")];
        var service = new ServicePlan { Name = "rsyslogd", Command = command, Profile = RsyslogProfile.Profile };
        var old = rig.Start(service);
        var requirement = new ReadinessRequirement(Readiness.Listeners, _long, [], true);
        Assert.Null(await old.WaitReady(requirement, default));
        Assert.True(old.NotifiedReady);
        var fresh = rig.Start(service with { Command = ["/usr/bin/env", "-u", "NOTIFY_SOCKET", .. command] });
        Assert.Null(await fresh.WaitReady(requirement with { MustBind = [Temp.Tcp(port)] }, default));
        Assert.False(fresh.NotifiedReady);
    }

    [Fact]
    public async Task A_program_that_ends_while_it_is_awaited_is_not_ready()
    {
        await using var rig = new Rig();
        var generation = rig.Start("/bin/sh", "-c", "exit 3");
        Assert.Equal("it ended with exit code 3", await generation.WaitReady(Rig.Requires(Temp.Tcp(1)), default));
    }

    [Fact]
    public async Task A_port_of_somebody_else_makes_the_candidate_a_failed_one()
    {
        await using var rig = new Rig();
        using var somebody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        somebody.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        somebody.Listen();
        var port = ((System.Net.IPEndPoint)somebody.LocalEndPoint!).Port;

        // As rsyslogd: logs the failed bind and goes on.
        var generation = rig.StartPython(
            """
            import socket, sys, time
            try: socket.socket().bind(('127.0.0.1', int(sys.argv[1])))
            except OSError: pass
            time.sleep(1000)
            """,
            $"{port}");
        var why = await generation.WaitReady(Rig.Requires(Temp.Tcp(port)), default);
        Assert.StartsWith($"it could not bind tcp://127.0.0.1:{port}: the engine itself has it (", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/program", "no such file or directory")]
    [InlineData("/etc/passwd", "permission denied")]
    [InlineData("no-such-program-anywhere", "no such program on PATH")]
    public async Task A_program_that_cannot_be_executed_is_said_and_leaves_nothing(string program, string why)
    {
        await using var rig = new Rig();
        var e = Assert.Throws<StartException>(() => rig.Start(program));
        Assert.StartsWith($"cannot start {program}: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(why, e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(rig.Directory));
        await Temp.Until(() => rig.Reaper.Count == 0, "the launcher has ended");
    }

    [Fact]
    public async Task The_file_that_was_found_is_executed_under_the_commands_name()
    {
        await using var rig = new Rig();
        var generation = rig.Host.Start(new GenerationSpec(1, new ServicePlan { Name = "test", Command = ["no-such-program-anywhere", "-c", "exit 7"] }) { Program = "/bin/sh" });
        await using (generation.ConfigureAwait(false))
        {
            Assert.Equal(7, (await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
        }
    }

    [Fact]
    public async Task A_working_directory_that_is_not_there_is_said()
    {
        await using var rig = new Rig();
        var e = Assert.Throws<StartException>(
            () => rig.Start(new ServicePlan { Name = "test", Command = ["/bin/true"], WorkingDirectory = "/no/such/folder" }));
        Assert.Contains("entering /no/such/folder: no such file or directory", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Descendants_belong_to_the_generation_also_when_they_leave_their_session(bool withCgroup)
    {
        // One of them has lost its parent and left the session: only its environment tells where it belongs.
        const string script = "(setsid sh -c 'sleep 1000 & sleep 1000' &) ; sleep 1000 & exec sleep 1000";
        await using var rig = new Rig();
        var generation = rig.Start("/bin/sh", "-c", script);
        await Temp.Until(() => generation.Usage().Processes == 5, "five processes");
        Assert.True(generation.Usage().RssBytes > 0);
        Assert.True(generation.Usage().Fds >= 15);
        if (withCgroup)
        {
            generation.Kill();
        }
        else
        {
            var set = new ProcessSet(null, generation.Pid, Path.Combine(rig.Directory, "gen-1"));
            Assert.Equal(5, set.Usage().Processes);
            set.Kill();
        }

        Assert.Equal(9, (await generation.Exited.WaitAsync(_long)).Signal);
        await generation.Gone.WaitAsync(_long);
        Assert.Equal(default, generation.Usage());
    }

    [RootFact]
    public async Task What_a_dead_engine_left_is_swept()
    {
        await using var dead = new Rig();
        var orphan = dead.Start("/bin/sleep", "1000");
        Assert.Equal(1, dead.Host.Sweep());
        Assert.Equal(9, (await orphan.Exited.WaitAsync(_long)).Signal);
    }
}

using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load.Rsyslogd;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Aeterna.Load.Verification;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A stock rsyslogd that runs without an engine, by the command line of its systemd unit, is replaced by one under an engine.</summary>
[Collection(Alone.Name)]
public class AdoptionTests
{
    private const string Exclusive = "soak_time: \"500ms\", switch_timeout: \"60s\"";

    [RootFact]
    public async Task Under_load_nobody_is_refused_and_each_message_is_written_once()
    {
        using var site = new RsyslogdSite();
        await using var daemon = PlainRsyslogd.Start(site, 1);
        await daemon.Ready(site);
        await using var lasting = LoadRun.Start(await Capacity.Carried(site, Lasting));
        await using var passing = LoadRun.Start(await Capacity.Carried(site, Passing));
        await Temp.Until(() => lasting.MessagesSent > 500 && passing.MessagesSent > 1000, "the daemon has clients");
        await using var engine = LiveEngine.Adopt(daemon.Pid, Yaml(site, Exclusive, "60s"));
        await Temp.Until(() => engine.Log.Contains("switch began", StringComparison.Ordinal), "the switch has begun");
        var sent = lasting.MessagesSent;
        await Temp.Until(() => lasting.MessagesSent > sent + 500, "the daemon serves its connections until they end");
        Assert.True(ProcFs.Runs(daemon.Pid));
        await lasting.Stop();
        await engine.Until(s => s.FsmState == FsmState.Running, "the new one serves");
        sent = passing.MessagesSent;
        await Temp.Until(() => passing.MessagesSent > sent + 1000, "the new one has clients");
        Assert.True(File.Exists(site.UnixPath));
        await passing.Stop();

        var record = (await engine.Records())[^1];
        Assert.Equal(("adopt", Verdict.Succeeded, "exclusive", daemon.Pid), (record.Kind, record.Verdict, record.Traffic, record.OldPid));
        Assert.True(record.Adoption is { Kept: >= 20, Closed: 0 }, $"{record.Adoption}");
        Assert.False(ProcFs.Runs(daemon.Pid));
        await AssertAllThere(site, engine, lasting, passing);
    }

    [RootFact]
    public async Task A_bad_one_is_rolled_back_and_the_daemon_goes_on_as_before()
    {
        using var site = new RsyslogdSite();
        await using var daemon = PlainRsyslogd.Start(site, 1);
        await daemon.Ready(site);
        var before = Sockets(daemon.Pid);
        await using var lasting = LoadRun.Start(await Capacity.Carried(site, Lasting));
        await using var passing = LoadRun.Start(await Capacity.Carried(site, Passing));
        await Temp.Until(() => lasting.MessagesSent > 500 && passing.MessagesSent > 1000, "the daemon has clients");
        await using (var engine = LiveEngine.Adopt(daemon.Pid, Yaml(site, $"{Exclusive}, health_check: {{ command: [\"/bin/false\"], interval: \"50ms\", failure_threshold: 1 }}", "60s")))
        {
            Assert.Equal(ExitCode.RolledBack, await engine.Ended());
            Assert.Contains("adopt rolled_back", engine.Log, StringComparison.Ordinal);
            Assert.Contains($"generation 1 (pid {daemon.Pid}) keeps its sockets", engine.Log, StringComparison.Ordinal);
            Assert.Equal(before, Sockets(daemon.Pid));
            var sent = passing.MessagesSent;
            await Temp.Until(() => passing.MessagesSent > sent + 1000, "the daemon has clients");
            await lasting.Stop();
            await passing.Stop();
            await AssertAllThere(site, engine, lasting, passing);
        }

        await using var again = LiveEngine.Adopt(daemon.Pid, Yaml(site, Exclusive, "10s"));
        await again.Until(s => s.FsmState == FsmState.Running, "the second adoption");
        Assert.Equal(Verdict.Succeeded, (await again.Records())[^1].Verdict);
    }

    [RootFact]
    public async Task What_does_not_bind_all_that_the_daemon_has_bound_is_no_good()
    {
        using var site = new RsyslogdSite();
        await using var daemon = PlainRsyslogd.Start(site, 1);
        await daemon.Ready(site);
        var text = File.ReadAllText(site.ConfigPath);
        File.WriteAllText(site.ConfigPath, WithoutUdp(text));
        await using var engine = LiveEngine.Adopt(daemon.Pid, Unchecked(Yaml(site, Exclusive, "10s")));
        Assert.Equal(ExitCode.RolledBack, await engine.Ended());
        Assert.Contains($"udp://127.0.0.1:{site.Port} is not bound", engine.Log, StringComparison.Ordinal);
        Assert.True(ProcFs.Runs(daemon.Pid));
    }

    [RootFact]
    public async Task Connections_that_outlast_the_drain_are_closed_with_all_read_that_was_acknowledged()
    {
        using var site = new RsyslogdSite();
        await using var daemon = PlainRsyslogd.Start(site, 1);
        await daemon.Ready(site);
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(site.EndPoint);
        await client.SendAsync(Encoding.ASCII.GetBytes("<13>before\n"));
        await Temp.Until(() => Written(site).Contains("before", StringComparison.Ordinal), "it is read");
        await using var engine = LiveEngine.Adopt(daemon.Pid, Yaml(site, Exclusive, "2s"));
        await Temp.Until(() => engine.Log.Contains("switch began", StringComparison.Ordinal), "the switch has begun");
        await client.SendAsync(Encoding.ASCII.GetBytes("<13>meanwhile\n"));
        Assert.Equal(0, await client.ReceiveAsync(new byte[1])); // Closed, and not reset.
        await engine.Until(s => s.FsmState == FsmState.Running, "the new one serves");
        Assert.Contains("meanwhile", Written(site), StringComparison.Ordinal);
        var record = (await engine.Records())[^1];
        Assert.Equal(new AdoptionReport { Kept = 0, Closed = 1 }, record.Adoption);
    }

    [RootFact]
    public async Task With_sequential_traffic_the_daemon_ends_before_the_new_one_is_started()
    {
        using var site = new RsyslogdSite();
        await using var daemon = PlainRsyslogd.Start(site, 1);
        await daemon.Ready(site);
        await using var passing = LoadRun.Start(await Capacity.Carried(site, Passing));
        await Temp.Until(() => passing.MessagesSent > 1000, "the daemon has clients");
        await using var engine = LiveEngine.Adopt(daemon.Pid, Yaml(site, $"{Exclusive}, traffic: sequential", "30s"));
        await engine.Until(s => s.FsmState == FsmState.Running, "the new one serves");
        var sent = passing.MessagesSent;
        await Temp.Until(() => passing.MessagesSent > sent + 1000, "the new one has clients");
        await passing.Stop();
        var record = (await engine.Records())[^1];
        Assert.Equal((Verdict.Succeeded, "sequential"), (record.Verdict, record.Traffic));
        Assert.Equal(0, record.Adoption!.Closed);
        await AssertAllThere(site, engine, passing);
    }

    [RootFact]
    public async Task With_sequential_traffic_the_daemons_own_command_is_started_again_when_the_new_one_is_bad()
    {
        using var site = new RsyslogdSite();
        await using var daemon = PlainRsyslogd.Start(site, 1);
        await daemon.Ready(site);
        var other = Path.Combine(site.Folder, "other.conf");
        File.WriteAllText(other, WithoutUdp(File.ReadAllText(site.ConfigPath)));
        await using var passing = LoadRun.Start(await Capacity.Carried(site, Passing));
        await Temp.Until(() => passing.MessagesSent > 1000, "the daemon has clients");
        await using var engine = LiveEngine.Adopt(
            daemon.Pid, Unchecked(Yaml(site, $"{Exclusive}, traffic: sequential", "30s").Replace(site.ConfigPath, other, StringComparison.Ordinal)));
        await engine.Until(s => s.FsmState == FsmState.Running, "the old command serves");
        var record = (await engine.Records())[^1];
        Assert.Equal(Verdict.RolledBack, record.Verdict);
        Assert.Contains("the old command was started again", record.Message, StringComparison.Ordinal);
        Assert.Contains(site.ConfigPath, ProcFs.CommandLine((await engine.Status()).CurrentPid));
        var sent = passing.MessagesSent;
        await Temp.Until(() => passing.MessagesSent > sent + 1000, "the old command has clients");
        await passing.Stop();
        await AssertAllThere(site, engine, passing);
    }

    [RootFact]
    public async Task A_stop_before_the_switch_leaves_the_daemon_alone()
    {
        using var site = new RsyslogdSite();
        await using var daemon = PlainRsyslogd.Start(site, 1);
        await daemon.Ready(site);
        var before = Sockets(daemon.Pid);
        await using var engine = LiveEngine.Adopt(daemon.Pid, Yaml(site, "soak_time: \"10m\"", "10s"));
        await engine.Until(s => s.FsmState == FsmState.Soaking, "the soak is under way");
        engine.Signal("TERM");
        Assert.Equal(ExitCode.Done, await engine.Ended());
        Assert.True(ProcFs.Runs(daemon.Pid));
        Assert.Equal(before, Sockets(daemon.Pid));
        Assert.True(File.Exists(site.UnixPath));
    }

    private static string Yaml(RsyslogdSite site, string canary, string drain) => $$"""
        version: "v1"
        service: { name: "NAME", command: ["/usr/sbin/rsyslogd", "-n", "-f", "{{site.ConfigPath}}"], limits: { nofile: 16384 } }
        orchestration:
          canary: { {{canary}} }
          drain: { timeout: "{{drain}}" }
        """;

    // rsyslogd's own dry run says what these tests want to see later.
    private static string Unchecked(string yaml) => yaml + "\n  pre_flight: []\n  startup: { timeout: \"5s\" }";

    private static LoadPlan Lasting(RsyslogdSite site) => new()
    {
        Duration = TimeSpan.FromMinutes(10),
        LongConnections = new LongConnectionPlan(site.EndPoint, 20, 1000),
    };

    private static LoadPlan Passing(RsyslogdSite site) => new()
    {
        Duration = TimeSpan.FromMinutes(10),
        ShortConnections = new ShortConnectionPlan(site.EndPoint, 100),
        Udp = new UdpPlan(site.EndPoint, 1000),
        Unix = new UnixPlan(site.UnixPath, 300),
    };

    private static string WithoutUdp(string configuration)
    {
        var without = string.Join('\n', configuration.Split('\n').Where(line => !line.Contains("input(type=\"imudp\"", StringComparison.Ordinal)));
        Assert.NotEqual(configuration, without);
        return without;
    }

    private static string Written(RsyslogdSite site) =>
        string.Concat(Directory.GetFiles(site.Folder, "messages*.log").Select(File.ReadAllText));

    private static async Task AssertAllThere(RsyslogdSite site, LiveEngine engine, params LoadRun[] runs)
    {
        var reports = runs.Select(r => r.Report()).ToList();
        var sources = reports.SelectMany(r => r.Sources).ToList();
        using var verifier = new Verifier(site.OutputPattern, addressFirst: true);
        await Settling.Wait(verifier, sources, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
        var written = verifier.Report(sources);
        var said = string.Join('\n', [.. written.First, .. reports.SelectMany(r => r.Senders).SelectMany(s => s.Mishaps.Take(5).Select(m => $"{s.Protocol}: {m}")), engine.Log]);
        Assert.All(reports, r => LoadedSite.AssertUnnoticed(r, said));
        Assert.True(written is { Torn: 0, Doubled: 0 } && written.CutFiles.Count == 0, said);
        // In the moment in which a datagram socket is made one of a group some may change places, as on any way through a network.
        Assert.All(written.Protocols, p => Assert.True(
            p is { Sent: > 100, Lost: 0, Doubled: 0, Torn: 0, WrongAddress: 0 } && p.OutOfOrder <= (p.Protocol == Aeterna.Load.Messages.Protocol.Udp ? 20 : 0), said));
    }

    /// <summary>What can be set on the daemon's sockets, as it is: what a duplicate of each shows, and its flags.</summary>
    private static string Sockets(int pid)
    {
        using var process = PidFd.TryOpen(pid)!;
        List<string> seen = [];
        foreach (var number in ProcFs.Descriptors(pid).Order().Where(n => ProcFs.SocketInode(pid, n) is not null))
        {
            using var socket = PidFd.GetFd(process, number);
            if (Libc.HasPeer(socket.Number))
            {
                continue;
            }

            var traits = SocketTraits.Options.Concat(SocketTraits.OfTheFile).Select(t => $"{t.Name}={Convert.ToHexString(t.Read(socket.Number) ?? [])}");
            seen.Add($"{number}: {string.Join(' ', traits)} reuse={Libc.GetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_REUSEPORT)} "
                + $"buffer={Libc.GetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF)} filter={SocketFilter.IsOn(socket.Number)} "
                + $"backlog={(Libc.GetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN) == 1 ? SocketQueues.Room(socket.Number) : null)} "
                + $"flags={LibC.fcntl(socket.Number, Libc.F_GETFL, 0):x}");
        }

        return string.Join('\n', seen);
    }
}

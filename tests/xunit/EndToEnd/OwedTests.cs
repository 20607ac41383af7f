using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>
/// The configuration of a stock rsyslogd has lost a port by mistake. Nobody is told that all is well, and who is at that port waits until it is served again.
/// </summary>
public sealed class OwedTests : IDisposable
{
    private const string AtOnce = "pre_flight: [], canary: { soak_time: \"100ms\" }";

    private readonly string _folder = Temp.Folder();
    private Process? _daemon;
    private readonly int _kept = Ports.Next();
    private readonly int _lost = Ports.Next();

    [RootFact]
    public async Task A_command_that_is_started_again_without_a_port_keeps_its_clients_waiting()
    {
        await using var engine = await Start("canary: { traffic: sequential, soak_time: \"100ms\" }");
        using var client = await Client("one");
        Configure(withLost: false, isKnown: false);
        var record = await engine.Reload();
        Assert.Equal(Verdict.RolledBack, record.Verdict);
        Assert.Contains($"the old command was started again, and generation 3 (pid {(await engine.Status()).CurrentPid}) serves; nobody serves tcp://127.0.0.1:{_lost} any more", record.Message, StringComparison.Ordinal);
        await AssertWaits(engine, client);
        await AssertServedAgain(engine, client, "two");
    }

    [RootFact]
    public async Task Where_it_can_be_known_before_nothing_is_ended()
    {
        await using var engine = await Start("canary: { traffic: sequential, soak_time: \"100ms\" }");
        using var client = await Client("one");
        var pid = (await engine.Status()).CurrentPid;
        Configure(withLost: false);
        var record = await engine.Reload();
        Assert.Equal(Verdict.Blocked, record.Verdict);
        Assert.Contains($"binds tcp://127.0.0.1:{_lost}, and generation 1 would have to end before another one starts (if that is intended, force the reload)", record.Message, StringComparison.Ordinal);
        Assert.Equal(pid, (await engine.Status()).CurrentPid);
        Assert.Equal(Verdict.Succeeded, (await engine.Reload(force: true)).Verdict);
    }

    /// <summary>Nobody has asked the engine for it, but it served.</summary>
    [RootFact]
    public async Task What_an_adopted_daemon_served_is_owed_too()
    {
        Configure(withLost: true);
        var daemon = _daemon = Process.Start("/usr/sbin/rsyslogd", ["-n", "-iNONE", "-f", $"{_folder}/rsyslog.conf"]);
        await Temp.Until(() => ProcFs.Descriptors(daemon.Id).Any() && Listens(_lost), "the daemon listens");
        Configure(withLost: false, isKnown: false);
        File.WriteAllText($"{_folder}/other.conf", File.ReadAllText($"{_folder}/rsyslog.conf").Replace($"{_kept}", $"{Ports.Next()}", StringComparison.Ordinal));
        await using var engine = LiveEngine.Adopt(daemon.Id, Yaml("pre_flight: [], canary: { traffic: sequential, soak_time: \"100ms\" }").Replace("rsyslog.conf", "other.conf", StringComparison.Ordinal));
        await engine.Until(s => s.FsmState == FsmState.Running, "the daemon's own command serves");
        Assert.Contains($"{ReloadRecord.StartedAgain}, and generation 3", (await engine.Records())[^1].Message, StringComparison.Ordinal);
        Assert.Contains(
            $"nobody serves tcp://127.0.0.1:{_lost} any more, and who is there waits", string.Join('\n', (await engine.Status()).Warnings), StringComparison.Ordinal);
        Assert.True(Listens(_lost));
    }

    [RootFact]
    public async Task A_restart_without_a_port_is_no_success_and_keeps_its_clients_waiting()
    {
        await using var engine = await Start(AtOnce);
        using var client = await Client("one");
        Configure(withLost: false);
        var status = await Restart(engine);
        Assert.Equal(Verdict.Failed, status.LastReload!.Verdict);
        Assert.Contains($"serves; nobody serves tcp://127.0.0.1:{_lost} any more", status.LastReload.Message, StringComparison.Ordinal);
        await AssertWaits(engine, client);
        Assert.Equal(Verdict.Succeeded, (await engine.Upgrade()).Verdict); // The next engine knows it too.
        await AssertWaits(engine, client);

        // A reload that does not bring it back is as bad as it would be otherwise.
        var record = await engine.Reload();
        Assert.Equal(Verdict.RolledBack, record.Verdict);
        await AssertServedAgain(engine, client, "two");
    }

    [RootFact]
    public async Task What_is_sent_meanwhile_to_a_UDP_port_that_a_restart_lacks_is_there_when_it_is_served_again()
    {
        Configure(withLost: true, withUdp: true);
        await using var engine = await Start(AtOnce, configure: false);
        Configure(withLost: true);
        await Restart(engine);
        Assert.Contains($"nobody serves udp://127.0.0.1:{_lost} any more, and who is there waits", Assert.Single((await engine.Status()).Warnings), StringComparison.Ordinal);
        using var sender = new UdpClient("127.0.0.1", _lost);
        for (var i = 0; i < 3; i++)
        {
            sender.Send(Encoding.ASCII.GetBytes($"<13>Nov 30 10:00:00 host t: datagram {i}"));
        }

        Configure(withLost: true, withUdp: true);
        var record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.Succeeded, record.Message);
        await Temp.Until(() => Enumerable.Range(0, 3).All(i => Said($"datagram {i}")), "all are written");
        Assert.Empty((await engine.Status()).Warnings);
    }

    /// <summary>A full one would bring all of a machine to a stand.</summary>
    [RootFact]
    public async Task A_log_socket_is_named_and_fails_until_it_is_there_again()
    {
        Configure(withLost: true, withLog: true);
        await using var engine = await Start(AtOnce, configure: false);
        using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        sender.Connect(new UnixDomainSocketEndPoint($"{_folder}/log"));
        Configure(withLost: true);
        var status = await Restart(engine);
        Assert.Equal(Verdict.Failed, status.LastReload!.Verdict);
        Assert.Equal(Verdict.Succeeded, (await engine.Upgrade()).Verdict);
        Assert.Contains($"nobody serves unixgram://{_folder}/log any more (mend", Assert.Single((await engine.Status()).Warnings), StringComparison.Ordinal);
        Assert.ThrowsAny<SocketException>(() => sender.Send("<13>nobody"u8));
        Assert.Equal(Verdict.RolledBack, (await engine.Reload()).Verdict);
        Configure(withLost: true, withLog: true);
        Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);
        Assert.Empty((await engine.Status()).Warnings);
        using var again = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        again.Connect(new UnixDomainSocketEndPoint($"{_folder}/log"));
        again.Send("<13>Nov 30 10:00:00 t: logged"u8);
        await Temp.Until(() => Said("logged"), "it is served again");
    }

    [RootFact]
    public async Task A_forced_reload_lets_it_go()
    {
        await using var engine = await Start(AtOnce);
        using var client = await Client("one");
        Configure(withLost: false);
        await Restart(engine);
        Assert.Equal(Verdict.Succeeded, (await engine.Reload(force: true)).Verdict);
        Assert.Empty((await engine.Status()).Warnings);
        Assert.False(Listens(_lost));
    }

    public void Dispose()
    {
        _daemon?.Kill(); // Nothing, if it has ended.
        _daemon?.Dispose();
        Directory.Delete(_folder, true);
    }

    private async Task<LiveEngine> Start(string orchestration, bool configure = true)
    {
        if (configure)
        {
            Configure(withLost: true);
        }

        return await LiveEngine.Start(Yaml(orchestration));
    }

    private string Yaml(string orchestration) => $$"""
        version: "v1"
        service: { name: "NAME", command: ["/usr/sbin/rsyslogd", "-n", "-f", "{{_folder}}/rsyslog.conf"] }
        orchestration: { startup: { timeout: "8s" }, {{orchestration}} }
        restart: { backoff: { initial: "20ms", max: "1s" } }
        """;

    private static bool Listens(int port)
    {
        try
        {
            new TcpClient("127.0.0.1", port).Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<StatusReport> Restart(LiveEngine engine)
    {
        Assert.Equal(0, LibC.kill((await engine.Status()).CurrentPid, Signals.SIGKILL));
        return await engine.Until(s => s is { FsmState: FsmState.Running, LastReload.Kind: "restart", ReloadId: null }, "it is started again");
    }

    private void Configure(bool withLost, bool withLog = false, bool withUdp = false, bool isKnown = true) => File.WriteAllText($"{_folder}/rsyslog.conf", $$"""
        global(workDirectory="{{_folder}}")
        module(load="imtcp")
        input(type="imtcp" address="127.0.0.1" port="{{_kept}}")
        {{(withLost ? $"input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{_lost}\")" : "")}}
        {{(isKnown ? "" : $"include(file=\"{_folder}/[x]*.conf\" mode=\"optional\")")}}
        {{(withUdp ? $"module(load=\"imudp\") input(type=\"imudp\" address=\"127.0.0.1\" port=\"{_lost}\")" : "")}}
        {{(withLog ? $"module(load=\"imuxsock\" SysSock.Name=\"{_folder}/log\")" : "")}}
        template(name="line" type="string" string="%msg%\n")
        action(type="omfile" file="{{_folder}}/out" template="line")

        """);

    private async Task<TcpClient> Client(string text)
    {
        var client = new TcpClient("127.0.0.1", _lost);
        Say(client, text);
        await Temp.Until(() => Said(text), $"\"{text}\" is written");
        return client;
    }

    private static void Say(TcpClient client, string text) => client.Client.Send(Encoding.ASCII.GetBytes($"<13>Nov 30 10:00:00 host t: {text}\n"));

    private bool Said(string text) => File.Exists($"{_folder}/out") && File.ReadLines($"{_folder}/out").Any(line => line.Trim() == text);

    private async Task AssertWaits(LiveEngine engine, TcpClient client)
    {
        var status = await engine.Status();
        Assert.Contains(status.Warnings, w => w.StartsWith($"nobody serves tcp://127.0.0.1:{_lost} any more, and who is there waits", StringComparison.Ordinal));
        Assert.True(client.Client.Poll(0, SelectMode.SelectWrite) && !client.Client.Poll(0, SelectMode.SelectRead)); // Neither closed nor reset.
        using var other = new TcpClient("127.0.0.1", _kept); // What is left is served.
        var text = $"kept {Guid.NewGuid():N}";
        Say(other, text);
        await Temp.Until(() => Said(text), "the other port is served");
        using var late = new TcpClient("127.0.0.1", _lost); // Nobody is refused.
    }

    private async Task AssertServedAgain(LiveEngine engine, TcpClient client, string text)
    {
        Say(client, text);
        Configure(withLost: true);
        var record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.Succeeded, record.Message);
        await Temp.Until(() => Said(text), "what was said meanwhile is written");
        Assert.Empty((await engine.Status()).Warnings);
    }
}

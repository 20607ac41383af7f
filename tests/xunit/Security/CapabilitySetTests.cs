using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Security;

/// <summary>
/// An engine of root's with exactly the capabilities that a row of docs/security.md lists serves, reloads and stops; with one less it
/// refuses, or does less, with the sentence that stands there.
/// </summary>
public class CapabilitySetTests
{
    private const string AsUser = "+chown,+dac_override,+kill,+setgid,+setuid,+sys_ptrace";

    /// <summary>Says its generation to who connects: argument 1 is a port, <c>3</c> for the inherited socket, or a path.</summary>
    private const string Server = """
        import os, select, socket, sys
        where = sys.argv[1]
        if where == '3': s = socket.socket(fileno=3)
        elif where[0] == '/':
            s = socket.socket(socket.AF_UNIX)
            try: os.unlink(where)
            except OSError: pass
            s.bind(where); s.listen()
        else:
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', int(where))); s.listen()
        while True:
            select.select([s], [], [])
            try: c, _ = s.accept()
            except BlockingIOError: continue
            c.sendall(os.environ['AETERNA_GENERATION'].encode()); c.close()
        """;

    [RootTheory]
    [InlineData(null, "-all", "")]
    [InlineData("nobody", $"-all,{AsUser}", "")]
    [InlineData("nobody", "-all,+dac_override,+kill,+setgid,+setuid,+sys_ptrace", "has a folder for the service's user: give the engine CAP_CHOWN")]
    [InlineData("nobody", "-all,+chown,+kill,+setgid,+setuid,+sys_ptrace", "the engine may not look into its processes, and so not take their sockets over: readlink(/proc/PID/fd): permission denied (run the engine as root with CAP_DAC_OVERRIDE")]
    [InlineData("nobody", "-all,+chown,+dac_override,+setgid,+setuid,+sys_ptrace", "as another user: the engine may not send that one's processes signals (give the engine CAP_KILL)")]
    [InlineData("nobody", "-all,+chown,+dac_override,+kill,+setuid,+sys_ptrace", "becoming user 65534, group 65534: operation not permitted (give the engine CAP_SETUID and CAP_SETGID)")]
    [InlineData("nobody", "-all,+chown,+dac_override,+kill,+setgid,+sys_ptrace", "becoming user 65534, group 65534: operation not permitted (give the engine CAP_SETUID and CAP_SETGID)")]
    [InlineData("nobody", "-all,+chown,+dac_override,+kill,+setgid,+setuid", "pidfd_getfd: operation not permitted (run the engine as root with CAP_SYS_PTRACE")]
    public Task A_service_on_a_high_port(string? user, string capabilities, string refusal) => Serves(
        capabilities, refusal, $"command: [\"/usr/bin/python3\", \"-S\", \"FOLDER/server.py\", \"PORT\"]{(user is null ? "" : $", user: {user}")}", Ports.Next());

    [RootTheory]
    [InlineData($"-all,{AsUser},+net_bind_service", "")]
    [InlineData($"-all,{AsUser}", "cannot bind tcp://127.0.0.1:LOW: permission denied (ports below net.ipv4.ip_unprivileged_port_start need root or CAP_NET_BIND_SERVICE")]
    public Task A_low_port_of_the_configuration(string capabilities, string refusal)
    {
        var port = LowPort();
        return Serves(
            capabilities, refusal.Replace("LOW", $"{port}", StringComparison.Ordinal), "user: nobody, command: [\"/usr/bin/python3\", \"-S\", \"FOLDER/server.py\", \"3\"], listeners: [ { name: a, address: \"tcp://127.0.0.1:PORT\", handoff: inherit } ]",
            port);
    }

    [RootTheory]
    [InlineData("-all,+net_bind_service", "")]
    [InlineData("-all", "PermissionError: [Errno 13]")] // What the program makes of it.
    public Task A_low_port_of_a_program_of_roots(string capabilities, string refusal) =>
        Serves(capabilities, refusal, "command: [\"/usr/bin/python3\", \"-S\", \"FOLDER/server.py\", \"PORT\"]", LowPort());

    /// <summary>The folder is root's, who may remove what is another's there.</summary>
    [RootFact]
    public async Task Sockets_in_a_sticky_folder_take_no_more()
    {
        var path = $"/tmp/aet-{Guid.NewGuid():N}";
        await using var engine = await Under(
            $"-all,{AsUser}",
            $"user: nobody, command: [\"/usr/bin/python3\", \"-S\", \"FOLDER/server.py\", \"3\"], listeners: [ {{ name: a, address: \"unix://{path}\", handoff: inherit }} ]",
            $", state_handoff: {{ enabled: true, socket_path: {path}.srp }}");
        Assert.Equal($"{Attacker.User}", Attacker.OwnerOf($"{path}.srp"));
        Assert.Equal("1", await Ask(new UnixDomainSocketEndPoint(path)));
        Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);
        Assert.Equal("2", await Ask(new UnixDomainSocketEndPoint(path)));
        await Stop(engine);
        Assert.False(File.Exists(path) || File.Exists($"{path}.srp"));
    }

    [RootTheory]
    [InlineData("-all,+net_admin", "")]
    [InlineData("-all", "bytes: the kernel gave MAX (raise net.core.rmem_max, or run the engine with CAP_NET_ADMIN)")]
    public async Task A_receive_buffer_above_the_systems_limit(string capabilities, string sentence)
    {
        var most = int.Parse(File.ReadAllText("/proc/sys/net/core/rmem_max"), CultureInfo.InvariantCulture);
        var port = Ports.Next();
        await using var engine = await Under(
            capabilities,
            $"command: [\"/usr/bin/python3\", \"-S\", \"-c\", \"import socket, signal; s = socket.socket(2, 2); s.bind(('127.0.0.1', {port})); signal.pause()\"], listeners: [ {{ name: a, address: \"udp://127.0.0.1:{port}\", receive_buffer: {most * 2} }} ]");
        Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);
        var got = Assert.Single((await engine.Status()).Listeners).ReceiveBufferBytes;
        Assert.Equal(2 * (sentence == "" ? most * 2 : most), got!.Value);
        Says(engine, sentence.Replace("MAX", $"{most}", StringComparison.Ordinal), "receive buffer");
    }

    [RootTheory]
    [InlineData("-all,+net_raw", "")]
    [InlineData("-all", "operation not permitted; they are lost (give the engine CAP_NET_RAW)")]
    public async Task Datagrams_that_a_candidate_has_not_read_are_taken_back(string capabilities, string sentence)
    {
        var port = Ports.Next();
        await using var engine = await Under(
            capabilities,
            $"command: [\"/usr/bin/python3\", \"-S\", \"FOLDER/udp.py\", \"{port}\", \"FOLDER\"], listeners: [ {{ name: a, address: \"udp://127.0.0.1:{port}\", handoff: steered }} ]",
            canary: "soak_time: \"60s\", traffic: exclusive, switch_timeout: \"200ms\", health_check: { command: [\"/usr/bin/test\", \"!\", \"-e\", \"FOLDER/sick\"], interval: \"50ms\", failure_threshold: 1 }",
            program: ("udp.py", """
                import os, select, signal, socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', int(sys.argv[1])))
                if os.environ['AETERNA_GENERATION'] != '1':
                    select.select([s], [], []) # It waits for what it does not read.
                    signal.pause()
                while True:
                    m, a = s.recvfrom(100)
                    with open(sys.argv[2] + '/got', 'a') as f: f.write('%s from %d\n' % (m.decode(), a[1]))
                """));
        var id = await engine.BeginReload();
        await Temp.Until(() => engine.Log.Contains("generation 2 has all traffic", StringComparison.Ordinal), "the candidate has the traffic");
        using var client = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var text = "datagram"u8.ToArray();
        await client.SendAsync(text, new IPEndPoint(IPAddress.Loopback, port));
        File.WriteAllText(Path.Combine(engine.Folder, "sick"), "");
        Assert.Equal(Verdict.RolledBack, (await engine.Finished(id)).Verdict);
        await client.SendAsync("last"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, port));
        var from = ((IPEndPoint)client.Client.LocalEndPoint!).Port;
        await Temp.Until(() => Got(engine).Contains("last", StringComparison.Ordinal), "the active generation reads");
        Assert.Equal(sentence == "", Got(engine).Contains($"datagram from {from}\n", StringComparison.Ordinal));
        Says(engine, sentence, "cannot carry over");
    }

    [RootTheory]
    [InlineData("-all,+sys_admin", "")]
    [InlineData("-all", "the kernel does not let the engine use them (give it CAP_SYS_ADMIN); the service sees the engine's process id")]
    public async Task Relayed_datagrams_have_their_senders_process_id(string capabilities, string sentence)
    {
        await using var engine = await Under(
            capabilities,
            "command: [\"/usr/bin/python3\", \"-S\", \"FOLDER/dgram.py\", \"FOLDER\"], listeners: [ { name: a, address: \"unixgram://FOLDER/s\", handoff: relay } ]",
            program: ("dgram.py", """
                import os, socket, struct, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
                try: os.unlink(sys.argv[1] + '/s')
                except OSError: pass
                s.bind(sys.argv[1] + '/s')
                while True:
                    m, more, _, _ = s.recvmsg(100, 200)
                    with open(sys.argv[1] + '/got', 'a') as f: f.write('%s %d\n' % (m.decode(), struct.unpack('iII', more[0][2])[0]))
                """));
        var pid = sentence == "" ? Environment.ProcessId : engine.Pid;
        using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint($"{engine.Folder}/s"));
        client.Send("one"u8);
        await Temp.Until(() => Got(engine).Contains($"one {pid}\n", StringComparison.Ordinal), "the datagram, and whose it is");
        Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);
        client.Send("two"u8);
        await Temp.Until(() => Got(engine).Contains($"two {pid}\n", StringComparison.Ordinal), "the datagram, and whose it is");
        Says(engine, sentence, "cannot keep the process ids");
    }

    [RootTheory]
    [InlineData($"-all,{AsUser},+sys_admin", "")]
    [InlineData($"-all,{AsUser}", "runs with no_new_privileges, in spite of the configuration")]
    public async Task A_program_that_may_gain_privileges(string capabilities, string sentence)
    {
        await using var engine = await Under(capabilities, "user: nobody, no_new_privileges: false, command: [\"/bin/sleep\", \"1000\"]");
        Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);
        Assert.Equal(sentence == "" ? "0" : "1", ProcFs.StatusField((await engine.Status()).CurrentPid, "NoNewPrivs"));
        Says(engine, sentence, "no_new_privileges");
    }

    [RootTheory]
    [InlineData("-all,+sys_chroot", "")]
    [InlineData("-all", "answered errno 1: chroot, which takes CAP_SYS_CHROOT: Operation not permitted")]
    public async Task A_program_in_a_root_directory_of_its_own(string capabilities, string sentence)
    {
        // In a user namespace of its own, in which it may do so itself.
        var engine = Launch(
            capabilities, "command: [\"/usr/bin/python3\", \"-S\", \"FOLDER/rooted.py\", \"FOLDER/root\"]",
            program: ("rooted.py", "import ctypes, os, select, socket, sys\nctypes.CDLL(None).unshare(0x10000000)\nos.makedirs(sys.argv[1], exist_ok=True)\nos.chroot(sys.argv[1])\nos.chdir('/')\nsys.argv[1] = '/s'\n" + Server));
        await using (engine)
        {
            if (sentence != "")
            {
                Assert.NotEqual(0, await engine.Ended());
                Says(engine, sentence, "");
                return;
            }

            await engine.Until(s => s.FsmState == FsmState.Running, "the first generation serves");
            var there = new UnixDomainSocketEndPoint($"{engine.Folder}/root/s");
            Assert.Equal("1", await Ask(there));
            Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);
            Assert.Equal("2", await Ask(there));
            await Stop(engine);
        }
    }

    [RootFact]
    public async Task Limits_above_the_engines_own()
    {
        // What holds for the tests holds for the engine; where they have the capability it is taken away.
        var hard = ResourceLimit.Get(0, ResourceLimit.Number("memlock")).Hard;
        var service = "command: [\"/bin/sleep\", \"1000\"], limits: { nofile: 100000000 }";
        await using (var engine = Launch("-all", service))
        {
            Assert.NotEqual(0, await engine.Ended());
            Says(engine, "setting limit nofile: operation not permitted (it is above the engine's own: give that CAP_SYS_RESOURCE, or a higher limit)", "");
        }

        if ((Capabilities.Own().Permitted & Capabilities.Bit(24)) != 0 && hard != ResourceLimit.Infinity)
        {
            await using var engine = await Under("-all,+sys_resource", $"command: [\"/bin/sleep\", \"1000\"], limits: {{ memlock: {hard + 4096} }}");
            Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);
        }
    }

    /// <summary>Starts it, asks, reloads, asks, stops; or sees it refuse.</summary>
    private static async Task Serves(string capabilities, string refusal, string service, int port)
    {
        service = service.Replace("PORT", $"{port}", StringComparison.Ordinal);
        if (refusal != "")
        {
            await using var refused = Launch(capabilities, service);
            Assert.NotEqual(0, await refused.Ended());
            Says(refused, refusal, "");
            return;
        }

        await using var engine = await Under(capabilities, service);
        Assert.Equal("1", await Ask(new IPEndPoint(IPAddress.Loopback, port)));
        var reloaded = await engine.Reload();
        Assert.True(reloaded.Verdict == Verdict.Succeeded, reloaded.Message);
        Assert.Equal("2", await Ask(new IPEndPoint(IPAddress.Loopback, port)));
        await Stop(engine);
    }

    private static async Task<LiveEngine> Under(
        string capabilities, string service, string orchestration = "", string canary = "soak_time: \"200ms\"", (string, string) program = default)
    {
        var engine = Launch(capabilities, service, orchestration, canary, program);
        await engine.Until(s => s.FsmState == FsmState.Running, "the first generation serves");
        return engine;
    }

    private static LiveEngine Launch(
        string capabilities, string service, string orchestration = "", string canary = "soak_time: \"200ms\"", (string Name, string Text) program = default)
    {
        var folder = Temp.Folder();
        File.SetUnixFileMode(folder, (UnixFileMode)0x1ED);
        File.WriteAllText($"{folder}/server.py", Server);
        if (program.Name is not null)
        {
            File.WriteAllText($"{folder}/{program.Name}", program.Text);
        }

        return LiveEngine.LaunchUnder(
            ["setpriv", $"--bounding-set={capabilities}", "--inh-caps=-all"],
            $"version: \"v1\"\nservice: {{ name: \"NAME\", {service} }}\norchestration: {{ canary: {{ {canary} }}{orchestration} }}\n", folder);
    }

    private static async Task Stop(LiveEngine engine)
    {
        Assert.Equal(202, (await engine.Ask(HttpMethod.Post, Routes.Stop)).Status);
        Assert.Equal(0, await engine.Ended());
        Assert.DoesNotContain("the engine failed", engine.Log, StringComparison.Ordinal);
    }

    /// <summary>It has said a sentence; or, where there is nothing to say, nothing of that kind.</summary>
    private static void Says(LiveEngine engine, string sentence, string kind)
    {
        if (sentence == "")
        {
            Assert.DoesNotContain(kind, engine.Log, StringComparison.Ordinal);
        }
        else
        {
            Assert.True(engine.Log.Contains(sentence, StringComparison.Ordinal), $"\"{sentence}\" is not in:\n{engine.Log}");
        }
    }

    private static string Got(LiveEngine engine) => File.Exists($"{engine.Folder}/got") ? File.ReadAllText($"{engine.Folder}/got") : "";

    /// <summary>One that nobody has in this network.</summary>
    private static int LowPort()
    {
        for (var port = 700; ; port++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                Assert.True(port < 1000);
            }
        }
    }

    private static async Task<string> Ask(EndPoint server)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var client = server is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server, limit.Token);
        var buffer = new byte[10];
        return Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer, limit.Token));
    }
}

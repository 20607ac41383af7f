using System.Globalization;
using System.Runtime.InteropServices;
using System.Net.Sockets;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Load.Messages;
using Aeterna.Load.Rsyslogd;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Aeterna.Load.Verification;
using Aeterna.Tests.Support;
using Xunit;
using static Aeterna.Tests.EndToEnd.PidServer;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A kept engine dies (kill -9) under load: what becomes of connections, messages and calls.</summary>
[Collection(Alone.Name)]
public class TrafficAtDeathTests
{
    // sendto(2) in the tables of arch/x86/entry/syscalls and include/uapi/asm-generic/unistd.h.
    private static readonly int _sendto = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 44 : 206;

    [KeptFact]
    public async Task Nobody_is_refused_and_no_datagram_is_lost_while_no_engine_is_there()
    {
        using var site = new RsyslogdSite();
        await using var engine = await LiveEngine.StartKept(
            $$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/sbin/rsyslogd", "-n", "-f", "{{site.ConfigPath}}"] }
            """);
        var pid = (await engine.Status()).CurrentPid;
        await using var run = LoadRun.Start(new LoadPlan
        {
            Duration = TimeSpan.FromMinutes(2),
            Udp = new UdpPlan(site.EndPoint, 500),
            Unix = new UnixPlan(site.UnixPath, 200),
        });
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(pid, (await engine.Kill()).CurrentPid);
        }

        await run.Stop();
        var report = run.Report();
        using var verifier = new Verifier(site.OutputPattern, addressFirst: true);
        await Settling.Wait(verifier, report.Sources, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
        var result = verifier.Report(report.Sources);
        var said = $"{report.ToJson()}\n{string.Join('\n', result.First)}\n{engine.Log}";
        Assert.All(report.Senders, sender => Assert.True(sender is { Refused: 0, TimedOut: 0, PathGone: 0, Local: 0 }, said));

        // A unix datagram that the engine has in hand when it dies has been read and not been given.
        Assert.All(result.Protocols, p => Assert.True(p is { Sent: > 100, Doubled: 0 } && result.Torn == 0 && p.Lost <= (p.Protocol == Protocol.Unix ? 5 : 0), said));
    }

    /// <summary>The promise, under load: what was read and not given, and what was given and not noted, is found out.</summary>
    [KeptFact]
    public async Task Relayed_connections_go_on_and_every_message_is_there_once()
    {
        await using var site = await LoadedSite.Start(kept: true);
        var pid = (await site.Engine.Status()).CurrentPid;
        await site.Load(connections: 100, rate: 4000, shorts: 50, udp: 300, unix: 0);
        for (var i = 0; i < 10; i++)
        {
            await site.MoreSent(2000);
            Assert.True(pid == (await site.Engine.Kill()).CurrentPid, site.Engine.Log);
        }

        await site.MoreSent(2000);
        Assert.Matches(@"[1-9]\d+ relayed connections go on", string.Join('\n', (await site.Engine.Status()).Warnings));
        Assert.Equal(Verdict.Succeeded, (await site.Engine.Reload(force: true)).Verdict); // So many deaths want to be insisted on.
        await site.MoreSent(2000);
        await site.SettleCleanly();
    }

    /// <summary>With the candidate in its soak on live traffic, and the old one parked: it all goes back.</summary>
    [KeptFact]
    public async Task Relayed_connections_go_back_to_the_old_generation_when_the_engine_dies_in_a_soak()
    {
        await using var site = await LoadedSite.Start(canary: "soak_time: \"10m\"", kept: true);
        var pid = (await site.Engine.Status()).CurrentPid;
        await site.Load(connections: 60, rate: 2000, shorts: 30, udp: 200, unix: 0);
        for (var i = 0; i < 3; i++)
        {
            await site.MoreSent(1000);
            var id = await site.Engine.BeginReload();
            await site.Engine.Until(s => s.FsmState == FsmState.Soaking && s.Soak?.Probes.Count > 0 && s.Generations.Any(g => g is { Role: "candidate", TrafficPercent: 100 }), "the candidate has the traffic");
            await site.MoreSent(1000);
            Assert.True((await site.Engine.Kill()).CurrentPid is var now && now == pid, $"{now}, and not {pid}\n{site.Engine.Log}");
            Assert.Equal(Verdict.RolledBack, (await site.Engine.Finished(id)).Verdict);
        }

        await site.MoreSent(1000);
        var (report, written, said) = await site.Settle();
        LoadedSite.AssertUnnoticed(report, said);

        // The candidate takes with it what it had read and not written, as any process that is killed.
        Assert.True(written.CutFiles.Count == 0 && written.Protocols.Sum(p => p.Doubled) == 0, said);
        Assert.All(written.Protocols, p => Assert.True(p.Sent > 100 && p.Lost < 300, said));
    }

    /// <summary>What nobody can know: a write of which all was read before it was noted. A program that may peek is not counted.</summary>
    [KeptFact]
    public async Task Of_a_program_that_may_peek_a_write_may_be_made_again_and_is_counted()
    {
        var (port, folder) = (Ports.Next(), Temp.Folder());
        var script = string.Create(CultureInfo.InvariantCulture, $$"""
            import socket, threading
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', {{port}})); s.listen()
            out = open('{{folder}}/out', 'ab', buffering=0)
            def serve(c):
                while c.recv(1, socket.MSG_PEEK): out.write(c.recv(65536))
            while True:
                c, _ = s.accept()
                threading.Thread(target=serve, args=(c,), daemon=True).start()
            """);
        await using var engine = await LiveEngine.StartKept(
            Yaml(script, $"listeners: [{{ name: lines, address: \"tcp://127.0.0.1:{port}\", handoff: relay, framing: line }}]"), folder);
        using var client = new TcpClient("127.0.0.1", port);
        const int deaths = 8;
        var sent = 0;
        for (var i = 0; i < deaths; i++)
        {
            var killing = engine.Kill();
            while (!killing.IsCompleted)
            {
                client.Client.Send(System.Text.Encoding.ASCII.GetBytes($"{sent++:D8}\n"));
            }

            await killing;
        }

        List<int> written = [];
        await Temp.Until(() => (written = [.. File.ReadLines($"{folder}/out").Where(l => l.Length == 8).Select(l => int.Parse(l, CultureInfo.InvariantCulture))]).Distinct().Count() == sent, "every line is there");
        var again = engine.Log.Split('\n').Count(line => line.Contains("made again", StringComparison.Ordinal));
        Assert.True(written.Count - sent <= again * 100_000 && (again > 0 || written.Count == sent), $"{written.Count} of {sent}, {again}");
    }

    /// <summary>Small ones that are taken at once, and large ones that wait for a client that reads slowly: each client gets every answer, whole and once.</summary>
    [KeptTheory]
    [InlineData(0)]
    [InlineData(20_000_000)] // More than the kernel takes for a client that does not read.
    public async Task Answers_go_on_too_to_the_byte(int least)
    {
        var port = Ports.Next();
        var script = string.Create(CultureInfo.InvariantCulture, $$"""
            import socket, threading
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', {{port}})); s.listen()
            def serve(c):
                for line in c.makefile('rb'): c.sendall(line.strip() + b'=' * ({{least}} + int(line) * 7919 % 10_000) + b'\n')
            while True:
                c, _ = s.accept()
                threading.Thread(target=serve, args=(c,), daemon=True).start()
            """);
        await using var engine = await LiveEngine.StartKept(Yaml(script, $"listeners: [{{ name: lines, address: \"tcp://127.0.0.1:{port}\", handoff: relay, framing: line }}]"));
        var pid = (await engine.Status()).CurrentPid;
        using var end = new CancellationTokenSource();
        using var mayRead = new ManualResetEventSlim(initialState: true);
        var asked = new int[8];
        var clients = asked.Select((_, client) => Task.Factory.StartNew(() => Asking(port, least, () => asked[client]++, mayRead, end.Token), TaskCreationOptions.LongRunning)).ToList();
        for (var left = least > 0 ? 3 : 8; left > 0; left--)
        {
            var before = asked.Sum();
            await Temp.Until(() => asked.Sum() > before + (least > 0 ? 0 : asked.Length) || clients.Exists(client => client.IsCompleted), "each has its answers");
            if (least > 0)
            {
                mayRead.Reset();
                await Temp.Until(() => ProcThreads.Of(pid).Any(t => t.Call == _sendto), "answers wait: not all do, since the end of one is in the kernel's hands");
            }

            Assert.Equal(pid, (await engine.Kill()).CurrentPid);
            mayRead.Set();
        }

        await end.CancelAsync();
        var twice = (await Task.WhenAll(clients).Bounded()).Sum();

        // A program that may peek is asked again where nobody knows whether it was.
        Assert.True(twice == 0 || engine.Log.Contains("made again", StringComparison.Ordinal), $"{twice}\n{engine.Log}");
        Assert.DoesNotContain("had to end", engine.Log, StringComparison.Ordinal);
    }

    /// <summary>A client that asks again and again; how many answers came once more.</summary>
    private static int Asking(int port, int least, Action asked, ManualResetEventSlim mayRead, CancellationToken end)
    {
        using var client = new TcpClient { ReceiveBufferSize = 8192 };
        client.Connect("127.0.0.1", port);
        client.Client.ReceiveTimeout = 60_000;
        using var answers = new BufferedStream(client.GetStream(), 2048);
        var (number, twice) = (1000, 0);
        while (!end.IsCancellationRequested)
        {
            client.Client.Send(System.Text.Encoding.ASCII.GetBytes($"{++number}\n"));
            while (Number(answers, least, mayRead) is var came && came != number)
            {
                Assert.Equal(number - 1, came);
                twice++;
            }

            asked();
        }

        return twice;
    }

    /// <summary>Which answer comes; it has to be whole.</summary>
    private static int Number(BufferedStream answers, int least, ManualResetEventSlim mayRead)
    {
        var (number, marks) = (0, 0);
        for (int next; (next = answers.ReadByte()) != '\n';)
        {
            mayRead.Wait();
            Assert.True(next is '=' || (next is >= '0' and <= '9' && marks == 0), $"a {next} after {number} and {marks} marks");
            (number, marks) = next == '=' ? (number, marks + 1) : ((number * 10) + next - '0', 0);
        }

        Assert.Equal(least + (number * 7919 % 10_000), marks);
        return number;
    }

    /// <summary>The kernel tells of each trapped call once: who waits in one must not wait for ever.</summary>
    [KeptFact]
    public async Task Calls_that_wait_for_a_client_are_answered_by_the_next_engine()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), $"listeners: [{{ name: lines, address: \"tcp://127.0.0.1:{port}\", handoff: relay, framing: line }}]"));
        var pid = (await engine.Status()).CurrentPid;
        for (var i = 0; i < 3; i++)
        {
            using (var before = new Talk(port))
            {
                Assert.Equal($"{pid}", await before.Ask());
            }

            await Temp.Until(() => ProcThreads.Of(pid).Any(t => t.Call == SyscallTable.Native.Accept4 || t.Call == SyscallTable.Native.Accept), "it waits in accept");
            await engine.Kill();
            using var after = new Talk(port);
            Assert.Equal($"{pid}", await after.Ask());
        }
    }
}

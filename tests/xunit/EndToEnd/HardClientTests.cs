using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>Clients that nobody wishes for, before a stock rsyslogd under an engine: they cost little, and the others notice nothing.</summary>
[Collection(Alone.Name)]
public class HardClientTests
{
    [RootFact]
    public async Task Half_a_frame_waits_through_a_reload_and_is_written_whole()
    {
        await using var site = await LoadedSite.Start();
        using var lines = site.Connect();
        using var counted = site.Connect();
        lines.Send(Bytes("<13>Nov 22 10:00:00 host test: first\n<13>Nov 22 10:00:00 host test: be"));
        counted.Send(Bytes("41 <13>Nov 22 10:00:00 host test: 012345"));
        await site.Written("first");
        Assert.Equal(Verdict.Succeeded, (await site.Engine.Reload()).Verdict);
        lines.Send(Bytes("fore and after\n"));
        counted.Send(Bytes("6789"));
        await site.Written("before and after");
        await site.Written("0123456789");
        Assert.All(site.Output().Where(l => l.Contains("test:", StringComparison.Ordinal)), l => Assert.Contains("<13>Nov 22", l, StringComparison.Ordinal));
    }

    [RootFact]
    public async Task An_endless_frame_and_junk_cost_the_engine_no_memory_and_the_others_nothing()
    {
        await using var site = await LoadedSite.Start();
        await site.Load(connections: 20, rate: 1000, shorts: 20, udp: 600, unix: 300);
        await site.MoreSent(1000);
        var before = Rss(site.Engine.Pid);
        var random = new Random(7);
        var piece = new byte[1 << 20];
        using (var endless = site.Connect())
        using (var junk = site.Connect())
        {
            Array.Fill(piece, (byte)'x');
            for (var i = 0; i < 200; i++)
            {
                endless.Send(piece); // Without a line feed; an octet count would be refused by imtcp as too large.
            }

            for (var i = 0; i < 4; i++)
            {
                random.NextBytes(piece);
                junk.Send(piece);
            }

            Assert.Equal(Verdict.Succeeded, (await site.Engine.Reload()).Verdict);
            Assert.InRange(Rss(site.Engine.Pid) - before, long.MinValue, 64 << 20);
        }

        await site.MoreSent(1000);
        var (report, written, said) = await site.Settle();
        LoadedSite.AssertUnnoticed(report, said);
        Assert.True(written.Lost == 0 && written.Doubled == 0, said); // The lines of the endless one are torn, as they would be without an engine.
    }

    [RootFact]
    public async Task A_client_that_the_program_refuses_is_refused()
    {
        await using var site = await LoadedSite.Start(edit: text => text + "\n$AllowedSender TCP, 127.0.0.2\n");
        using var refused = site.Connect("127.0.0.9");
        var answer = new byte[1];
        refused.ReceiveTimeout = 60_000;
        try
        {
            Assert.Equal(0, refused.Receive(answer));
        }
        catch (SocketException e)
        {
            Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        }

        using var taken = site.Connect("127.0.0.2");
        taken.Send(Bytes("<13>Nov 22 10:00:00 host test: taken\n"));
        await site.Written("taken");
    }

    [RootFact]
    public async Task Five_thousand_idle_connections_are_held_through_a_reload()
    {
        // Or as many as the hard limit of this machine lets the engine have.
        var connections = Math.Min(5000, DescriptorShares.Connections((long)Math.Min(ResourceLimit.Get(0, ResourceLimit.NoFile).Hard, int.MaxValue)) - 1);
        await using var site = await LoadedSite.Start(edit: text => text.Replace("maxSessions=\"2000\"", "maxSessions=\"6000\"", StringComparison.Ordinal));
        var clients = Enumerable.Range(0, connections).Select(i => site.Connect($"127.0.{i / 200}.{(i % 200) + 1}")).ToList();
        await site.Engine.Until(s => s.Relay!.Connections == connections, "all are accepted");
        Assert.Equal(Verdict.Succeeded, (await site.Engine.Reload()).Verdict);
        for (var i = 0; i < connections; i++)
        {
            clients[i].Send(Bytes(string.Create(CultureInfo.InvariantCulture, $"<13>Nov 22 10:00:00 host test: idle {i};\n")));
        }

        await Temp.Until(() => site.Output().Count(l => l.EndsWith(';')) == connections, "each is heard");
        Assert.Equal(connections, (await site.Engine.Status()).Relay!.Connections);
        clients.ForEach(c => c.Dispose());
        await site.Engine.Until(s => s.Relay!.Connections == 0, "all are gone");
    }

    [RootFact]
    public async Task A_client_that_a_program_could_not_take_for_want_of_descriptors_is_there_at_its_next_accept()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText($"{folder}/few.py", $$"""
            import resource, select, socket
            s = socket.socket(); s.bind(('127.0.0.1', {{port}})); s.listen()
            limit = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (s.fileno() + 1, limit[1]))
            select.select([s], [], [])
            try: s.accept(); said = b'taken'
            except OSError as e: said = b'%d' % e.errno
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            c, _ = s.accept(); c.sendall(said)
            while True: s.accept()
            """);
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service:
              name: "NAME"
              command: ["/usr/bin/python3", "-S", "FOLDER/few.py"]
              listeners: [{ name: c, address: "tcp://127.0.0.1:{{port}}", handoff: relay, framing: line }]
            """,
            folder);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        var buffer = new byte[10];
        Assert.Equal("24", Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer, limit.Token))); // EMFILE
    }

    [RootFact]
    public async Task A_flood_past_the_limit_of_descriptors_is_said_and_passes()
    {
        await using var site = await LoadedSite.Start();
        Shell.Output("/usr/bin/prlimit", $"--pid={site.Engine.Pid}", "--nofile=400:400");
        var clients = Enumerable.Range(0, 600).Select(_ => site.Connect()).ToList();
        await Temp.Until(() => site.Engine.Log.Contains("cannot take more clients", StringComparison.Ordinal), "the log says so");
        await site.Engine.Until(s => s.Warnings.Any(w => w.StartsWith("clients of tcp://", StringComparison.Ordinal) && w.Contains(" wait, ", StringComparison.Ordinal)), "so does the status");

        // Those that had no room wait, and have not been lost: the last one is heard once the others have gone.
        clients.Skip(1).SkipLast(1).ToList().ForEach(c => c.Dispose());
        clients[^1].Send(Bytes("<13>Nov 22 10:00:00 host test: has waited\n"));
        await site.Written("has waited");
        clients[^1].Dispose();
        clients[0].Send(Bytes("<13>Nov 22 10:00:00 host test: still there\n"));
        await site.Written("still there");
        await site.Engine.Until(s => s.Relay!.Connections == 1, "the others are gone");
        using var next = site.Connect();
        next.Send(Bytes("<13>Nov 22 10:00:00 host test: after it\n"));
        await site.Written("after it");
        await site.Engine.Until(s => !s.Warnings.Any(w => w.StartsWith("clients of ", StringComparison.Ordinal)), "nobody waits any more");
        Assert.InRange(site.Engine.Log.Split("cannot take more clients").Length - 1, 1, 20); // Once for each time that it got room and lost it again.
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private static long Rss(int pid) => ProcFs.Stat(pid)!.Value.RssBytes;
}

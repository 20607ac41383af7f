using System.Collections.Concurrent;
using System.Net.Sockets;
using Aeterna.Contract;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>Programs that bind a unix socket under a name in passing, make all ready, and rename it as their last step: clients never find the path empty.</summary>
public class RenamedSocketTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    // It removes its path at its end, as programs do.
    private const string Server = """
        import os, signal, socket, sys, tempfile
        how, d = sys.argv[1:]
        ended = []
        signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
        s = socket.socket(socket.AF_UNIX)
        name = '%s/s.%d' % (d, os.getpid()) if how == 'pid' else tempfile.mktemp(dir=d)
        s.bind(name); s.listen(64); os.rename(name, d + '/s')
        s.settimeout(0.1)
        while not ended:
            try: c, _ = s.accept()
            except socket.timeout: continue
            c.sendall(b'x'); c.close()
        os.unlink(d + '/s')
        """;

    [Theory]
    [InlineData("pid", "")]
    [InlineData("pid", "handoff: shared")]
    [InlineData("pid", "handoff: relay, framing: none")]
    [InlineData("chance", "")]
    [InlineData("chance", "handoff: shared")]
    [InlineData("chance", "handoff: relay, framing: none")]
    public async Task Clients_find_a_socket_that_is_renamed_into_place_at_every_moment(string name, string listener)
    {
        var folder = Temp.Folder();
        var listeners = listener == "" ? "[]" : $$"""[{ name: s, address: "unix://{{folder}}/s", {{listener}} }]""";
        File.WriteAllText(Path.Combine(folder, "server.py"), Server);
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/bin/python3", "-S", "FOLDER/server.py", "{{name}}", "FOLDER"], listeners: {{listeners}} }
            orchestration:
              canary:
                traffic: split
                soak_time: "300ms"
                health_check: { command: [/usr/bin/test, "!", -e, FOLDER/bad], interval: "100ms", failure_threshold: 1 }
            """,
            folder);
        using var over = new CancellationTokenSource();
        ConcurrentQueue<string> failures = [];
        var served = 0;
        var clients = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                try
                {
                    using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await client.ConnectAsync(new UnixDomainSocketEndPoint($"{folder}/s")).WaitAsync(_limit);
                    Assert.Equal(1, await client.ReceiveAsync(new byte[1]).WaitAsync(_limit));
                    Interlocked.Increment(ref served);
                }
                catch (Exception e)
                {
                    failures.Enqueue(e.Message);
                }
            }
        })).ToList();
        async Task MoreServed()
        {
            var before = served;
            await Temp.Until(() => served > before + 20 || !failures.IsEmpty, "clients are served");
            Assert.Empty(failures);
        }

        await MoreServed();
        foreach (var verdict in new[] { Verdict.Succeeded, Verdict.RolledBack, Verdict.Succeeded })
        {
            var bad = Path.Combine(folder, "bad");
            await (verdict == Verdict.RolledBack ? File.WriteAllTextAsync(bad, "") : Task.Run(() => File.Delete(bad)));
            var record = await engine.Reload();
            Assert.True(record.Verdict == verdict, $"{record.Message}\n{engine.Log}");
            await MoreServed();
        }

        await over.CancelAsync();
        await Task.WhenAll(clients).WaitAsync(_limit);
        Assert.Empty(failures);
        engine.Signal("TERM");
        Assert.Equal(0, await engine.Ended());
        Assert.Equal([Path.Combine(folder, "server.py")], Directory.GetFiles(folder, "s*"));
    }
}

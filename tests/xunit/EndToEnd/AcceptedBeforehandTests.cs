using System.Net.Sockets;

using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A new process has accepted all connections before anybody waits for it.</summary>
public sealed class AcceptedBeforehandTests
{
    private const int Clients = 60;

    // Leaves in a file named after its process how many it had accepted when the first byte came.
    private const string Server = PythonSignals.EndOnTerm + """
        import os, selectors, socket
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', PORT)); s.listen(); s.setblocking(False)
        chosen = selectors.DefaultSelector(); chosen.register(s, selectors.EVENT_READ)
        accepted, said = 0, False
        while True:
            for key, _ in chosen.select():
                if key.fileobj is s:
                    try: c, _ = s.accept()
                    except BlockingIOError: continue
                    accepted += 1
                    chosen.register(c, selectors.EVENT_READ)
                elif not key.fileobj.recv(65536):
                    chosen.unregister(key.fileobj); key.fileobj.close()
                elif not said:
                    said = True
                    with open('FOLDER/new', 'w') as f: f.write(str(accepted))
                    os.rename('FOLDER/new', 'FOLDER/%d' % os.getpid())
        """;

    [Fact]
    public async Task All_of_them_and_so_the_first_byte_comes_after_the_last_connection()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText(Path.Combine(folder, "server.py"), Server.Replace("PORT", $"{port}", StringComparison.Ordinal).Replace("FOLDER", folder, StringComparison.Ordinal));
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service:
              name: "NAME"
              command: ["/usr/bin/python3", "-S", "FOLDER/server.py"]
              listeners: [{ name: in, address: "tcp://127.0.0.1:{{port}}", handoff: relay, framing: line }]
            orchestration: { canary: { soak_time: 100ms, traffic: exclusive, switch_timeout: 60s } }
            """, folder);
        var clients = Enumerable.Range(0, Clients).Select(_ => new TcpClient("127.0.0.1", port)).ToList();
        using var enough = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                clients.ForEach(client => client.Client.Send("a line\n"u8));
                await Task.Delay(1);
            }
        });
        await engine.Until(s => s.Relay?.Connections == Clients, "all are served");
        // Whoever has no turn for 200 ms, on a busy machine, is not waited for: so the next one has to do.
        var accepted = "none";
        for (var reload = 0; reload < 10 && accepted != $"{Clients}"; reload++)
        {
            var record = await engine.Reload();
            Assert.True(record.Verdict == Verdict.Succeeded, $"{record.Message}\n{engine.Log}");
            var count = Path.Combine(folder, $"{record.NewPid}");
            await Temp.Until(() => File.Exists(count), "the new one has got something");
            accepted = File.ReadAllText(count);
        }

        Assert.Equal($"{Clients}", accepted);
        enough.Cancel();
        await sending;
        clients.ForEach(client => client.Dispose());
    }
}

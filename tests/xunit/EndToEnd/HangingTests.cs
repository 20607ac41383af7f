using System.Net.Sockets;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A candidate that is alive, accepts, and reads nothing of one of its inputs: its soak sees it, and who has said something is answered.</summary>
public sealed class HangingTests : IDisposable
{
    private const int Clients = 8;

    private readonly string _folder = Temp.Folder();
    private readonly int _port = Ports.Next();

    [RootTheory]
    [InlineData("exclusive", "tcp")]
    [InlineData("exclusive", "udp")]
    [InlineData("split", "tcp")]
    [InlineData("split", "udp")]
    [InlineData("sequential", "tcp")]
    [InlineData("sequential", "udp")]
    public async Task It_is_rolled_back(string traffic, string input)
    {
        File.WriteAllText($"{_folder}/server.py", $$"""
            import os, signal, socket, threading
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', {{_port}})); s.listen()
            u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', {{_port}}))
            hangs = open('{{_folder}}/hangs').read() if os.path.exists('{{_folder}}/hangs') else ''
            def serve(c):
                if hangs == 'tcp': threading.Event().wait()
                while c.recv(65536): c.sendall(b'%d\n' % os.getpid())
            def datagrams():
                if hangs == 'udp': threading.Event().wait()
                while True: u.sendto(b'%d' % os.getpid(), u.recvfrom(65536)[1])
            def run():
                while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
            threading.Thread(target=run, daemon=True).start()
            threading.Thread(target=datagrams, daemon=True).start()
            while True: signal.pause()
            """);
        await using var engine = await LiveEngine.Start($$"""
            version: "v1"
            service:
              name: "NAME"
              command: ["/usr/bin/python3", "-S", "{{_folder}}/server.py"]
              listeners:
                - { name: lines, address: "tcp://127.0.0.1:{{_port}}", handoff: relay, framing: line }
                - { name: datagrams, address: "udp://127.0.0.1:{{_port}}", handoff: steered }
            orchestration:
              canary: { traffic: {{traffic}}, switch_timeout: "10s", soak_time: "3s", health_check: { command: ["/bin/true"], interval: "50ms", timeout: "60s" } }
              drain: { timeout: "1s" }
            """);
        File.WriteAllText($"{_folder}/hangs", input);
        var id = await engine.BeginReload();
        await engine.Until(s => s.Soak is { } soak && soak.Probes.Any(p => p is { Name: "input", Runs: > 1 }), "it has traffic");
        File.Delete($"{_folder}/hangs");
        var clients = Enumerable.Range(0, Clients).Select(_ => new TcpClient("127.0.0.1", _port)).ToList();
        clients.ForEach(c => c.Client.Send("one\n"u8));
        for (var i = 0; i < 2 * Clients; i++)
        {
            using var sender = new UdpClient("127.0.0.1", _port); // The kernel chooses by the sender.
            sender.Send("one"u8);
        }

        var record = await engine.Finished(id);
        Assert.True(record.Verdict == Verdict.RolledBack, $"{record.Message}\n{engine.Log}");
        Assert.Contains($"input: it reads nothing of what comes to {input}://127.0.0.1:{_port}, and something lies there (3 times in a row)", record.Message, StringComparison.Ordinal);
        var now = $"{(await engine.Status()).CurrentPid}";
        foreach (var client in clients)
        {
            using var reader = new StreamReader(client.GetStream());
            var answer = await reader.ReadLineAsync();
            Assert.True(answer == now || (input == "udp" && answer is not null), answer); // Where it does not hang it has answered.
        }

        using var late = new UdpClient("127.0.0.1", _port);
        late.Send("late"u8);
        Assert.Equal(now, System.Text.Encoding.ASCII.GetString((await late.ReceiveAsync().WaitAsync(TimeSpan.FromSeconds(60))).Buffer));
    }

    public void Dispose() => Directory.Delete(_folder, true);
}

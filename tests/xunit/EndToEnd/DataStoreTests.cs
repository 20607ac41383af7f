using System.Net;
using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>Programs that keep data: every write that was acknowledged outlives the reload.</summary>
[Collection(Alone.Name)]
public class DataStoreTests
{
    private const int Reloads = 2;

    /// <summary>All in memory; written anew and renamed when it ends. While it serves it has nothing open.</summary>
    private const string Store = PythonSignals.EndOnTerm + """
        import json, socket, sys
        path, data, lock = sys.argv[2], {}, threading.Lock()
        if os.path.exists(path): data = json.load(open(path))
        def save(code):
            with lock:
                with open(path + '.new', 'w') as f: json.dump(data, f)
                os.replace(path + '.new', path)
                exit_now(code)
        exit_now, os._exit = os._exit, save
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(64)
        while True:
            c, _ = s.accept()
            words = c.makefile().readline().split()
            with lock:
                if words[0] == 'SET': data[words[1]] = words[2]; answer = '+OK'
                else: answer = ':%d' % len(data)
                c.sendall(answer.encode() + b'\r\n')
            c.close()
        """;

    [Fact]
    public async Task A_store_that_writes_only_at_its_end()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText(Path.Combine(folder, "store.py"), Store);
        await EveryWriteStays(folder, port, $"\"/usr/bin/python3\", \"-S\", \"{folder}/store.py\", \"{port}\", \"{folder}/store.json\"", $"{folder}/store.json");
    }

    [Fact]
    public async Task Redis_by_its_profile()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        await EveryWriteStays(
            folder, port, $"\"/usr/bin/redis-server\", \"--port\", \"{port}\", \"--bind\", \"127.0.0.1\", \"--dir\", \"{folder}\", \"--save\", \"3600 1\"",
            "redis keeps its data in memory");
    }

    private static async Task EveryWriteStays(string folder, int port, string command, string reason)
    {
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service: { name: "NAME", command: [{{command}}] }
            orchestration: { canary: { soak_time: "300ms" }, drain: { timeout: "30s" } }
            """, folder);
        using var stop = new CancellationTokenSource();
        var writing = Write(port, stop.Token);
        for (var i = 0; i < Reloads; i++)
        {
            var record = await engine.Reload();
            Assert.True(record.Verdict == Verdict.Succeeded, $"{record.Message}\n{engine.Log}");
            Assert.Equal("sequential", record.Traffic);
            Assert.Contains(reason, record.TrafficReason, StringComparison.Ordinal);
        }

        await stop.CancelAsync();
        var acknowledged = await writing;
        Assert.True(acknowledged > 10, $"{acknowledged} writes");
        Assert.Equal($":{acknowledged}", await Ask(port, "DBSIZE"));
    }

    private static async Task<int> Write(int port, CancellationToken stop)
    {
        var acknowledged = 0;
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            // One that was not acknowledged may be there or not; so it is written again under its name until it is.
            while (await Ask(port, $"SET k{i} v") != "+OK")
            {
            }

            acknowledged++;
        }

        return acknowledged;
    }

    private static async Task<string?> Ask(int port, string line)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
            using var reader = new StreamReader(stream);
            return await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }
}

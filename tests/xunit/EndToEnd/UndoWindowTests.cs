using System.Net;
using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>The undo window of a program whose sockets are shared: the old generation is frozen, and comes back.</summary>
public class UndoWindowTests
{
    private const string Server = PythonSignals.EndOnTerm + """
        import socket
        gen = os.environ['AETERNA_GENERATION']
        s = socket.socket(); s.bind(('127.0.0.1', PORT)); s.listen()
        while True:
            c, _ = s.accept(); c.sendall(gen.encode()); c.close()
        """;

    private const string Yaml = """
        version: "v1"
        service: { name: "NAME", command: ["/usr/bin/python3", "-S", "FOLDER/server.py"] }
        orchestration: { strategy: immediate, drain: { keep_warm: "KEEP" } }
        """;

    [Fact]
    public async Task The_kept_one_takes_nothing_and_comes_back_when_asked_or_when_the_new_one_is_killed()
    {
        var (engine, port) = await Start("10m");
        await using (engine)
        {
            var first = (await engine.Status()).CurrentPid;
            var record = await engine.Reload();
            Assert.Equal((Verdict.Succeeded, "split"), (record.Verdict, record.Traffic));
            var status = await engine.Status();
            Assert.Equal([("parked", 0), ("active", 100)], status.Generations.Select(generation => (generation.Role, generation.TrafficPercent)));
            Assert.Equal((1, first), (status.Undo!.Generation, status.Undo.Pid));
            Assert.InRange(status.Undo.RemainingSeconds, 300, 600);
            Assert.InRange((status.Undo.EndsAt - record.FinishedAt!.Value).TotalSeconds, 590, 610);
            var before = ProcThreads.Of(first).Select(thread => thread.Progress).ToList();
            for (var i = 0; i < 50; i++)
            {
                Assert.Equal("2", await Ask(port));
            }

            Assert.Equal(before, ProcThreads.Of(first).Select(thread => thread.Progress));

            Assert.Equal(202, (await engine.Ask(HttpMethod.Post, Routes.Rollback)).Status);
            status = await engine.Until(s => s.FsmState == FsmState.Running && s.Generations.Count == 1, "the first serves alone");
            Assert.Equal(first, status.CurrentPid);
            Assert.Null(status.Undo);
            Assert.Equal(("rollback", Verdict.Succeeded), (status.LastReload!.Kind, status.LastReload.Verdict));
            Assert.Equal("1", await Ask(port));

            await engine.Reload();
            Assert.Equal(0, LibC.kill((await engine.Status()).CurrentPid, Signals.SIGKILL));
            status = await engine.Until(s => s.FsmState == FsmState.Running && s.CurrentPid == first, "it came back by itself");
            Assert.Equal(1, status.Restarts);
            Assert.Contains("was killed by signal 9 (SIGKILL)", status.LastReload!.Reason, StringComparison.Ordinal);
            Assert.Equal("1", await Ask(port));
            Assert.Equal(409, (await engine.Ask(HttpMethod.Post, Routes.Rollback)).Status);
        }
    }

    [Fact]
    public async Task A_frozen_one_ends_when_the_window_does_and_when_the_engine_stops()
    {
        var (engine, _) = await Start("300ms");
        await using (engine)
        {
            await engine.Reload();
            var status = await engine.Until(s => s.Generations.Count == 1, "the window is over");
            Assert.Equal(2, status.Generation);
            engine.Configure(Yaml.Replace("KEEP", "10m", StringComparison.Ordinal));
            await engine.Reload();
            var pids = (await engine.Status()).Generations.Select(generation => generation.Pid).ToList();
            Assert.Equal(2, pids.Count);
            engine.Signal("TERM");
            Assert.Equal(0, await engine.Ended());
            Assert.All(pids, pid => Assert.Null(ProcFs.Stat(pid)));
        }
    }

    private static async Task<(LiveEngine Engine, int Port)> Start(string keep)
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText(Path.Combine(folder, "server.py"), Server.Replace("PORT", $"{port}", StringComparison.Ordinal));
        return (await LiveEngine.Start(Yaml.Replace("KEEP", keep, StringComparison.Ordinal), folder), port);
    }

    private static async Task<string> Ask(int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        var buffer = new byte[10];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token));
    }
}

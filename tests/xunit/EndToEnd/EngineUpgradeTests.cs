using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>The engine is replaced by another one while a stock rsyslogd and its clients go on.</summary>
[Collection(Alone.Name)]
public class EngineUpgradeTests
{
    [RootFact]
    public async Task Clients_notice_nothing_and_the_processes_stay()
    {
        await using var site = await LoadedSite.Start();
        await site.Engine.Reload(); // What the runtime loads on the first time is not counted.
        var (before, held) = (await site.Engine.Status(), site.Engine.Holdings());
        await site.Load();
        for (var i = 0; i < 6; i++)
        {
            await site.MoreSent();
            var report = await site.Engine.Upgrade();
            Assert.True(report.Verdict == Verdict.Succeeded, $"{report.Reason}\n{site.Engine.Log}");
        }

        var status = await site.Engine.Status();
        Assert.Equal((before.CurrentPid, before.EnginePid, before.Generation, 0), (status.CurrentPid, status.EnginePid, status.Generation, status.Restarts));
        Assert.True(status.UptimeSeconds >= before.UptimeSeconds && status.LastReload!.Id == before.LastReload!.Id);
        await site.MoreSent();

        // The successor can do all that its predecessor could.
        Assert.Equal(Verdict.Succeeded, (await site.Engine.Reload()).Verdict);
        await site.MoreSent();
        await site.SettleCleanly();
        await Temp.Until(
            () => site.Engine.Holdings() is var now && now.Children == held.Children && now.Descriptors <= held.Descriptors,
            $"the engine holds {held} again; it holds {site.Engine.Holdings()}");
    }

    [RootFact]
    public async Task A_client_in_the_midst_of_a_message_one_that_has_ended_and_one_that_nobody_has_accepted_go_on()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText($"{folder}/server.py", $$"""
            import os, signal, socket, threading
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', {{port}})); s.listen()
            go = threading.Event()
            signal.signal(signal.SIGUSR1, lambda *_: go.set())
            def serve(c):
                whole = b''
                while True:
                    more = c.recv(65536)
                    if not more: break
                    whole += more
                    if whole.endswith(b'?\n'): c.sendall(b'%d\n' % os.getpid())
                    if whole.endswith(b'bye\n'): return c.close()
                go.wait()
                c.sendall(b'%d bytes\n' % len(whole)); c.close()
            def run():
                for _ in range(3):
                    c, _ = s.accept() # It waits in this call while nobody comes.
                    threading.Thread(target=serve, args=(c,), daemon=True).start()
                go.wait()
                while True:
                    c, _ = s.accept()
                    threading.Thread(target=serve, args=(c,), daemon=True).start()
            threading.Thread(target=run, daemon=True).start()
            while True: signal.pause()
            """);
        await using var engine = await Start(folder, port);
        using var half = new TcpClient("127.0.0.1", port);
        using var ended = new TcpClient("127.0.0.1", port);
        half.Client.Send("a first line?\nhalf of"u8);
        var pid = await Line(half);
        ended.Client.Send("all that it says\n"u8);
        ended.Client.Shutdown(SocketShutdown.Send);
        await engine.Until(s => s.Relay is { Connections: 2, FramesIn: 2 }, "both are served");
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(Verdict.Succeeded, (await engine.Upgrade()).Verdict);
        }

        // The call that waited for a client gets it from the successor; and the next is accepted by nobody before the next upgrade.
        using var third = new TcpClient("127.0.0.1", port);
        third.Client.Send("asks?\n"u8);
        Assert.Equal(pid, await Line(third));
        using var fourth = new TcpClient("127.0.0.1", port);
        fourth.Client.Send("waits?\n"u8);
        await engine.Until(s => s.Relay is { Connections: 4, FramesIn: 4 }, "all are there");
        Assert.Equal(Verdict.Succeeded, (await engine.Upgrade()).Verdict);
        half.Client.Send(" the second?\n"u8);
        Assert.Equal(pid, await Line(half));
        Assert.Equal(0, LibC.kill(int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture), 10));
        Assert.Equal("17 bytes", await Line(ended));
        Assert.Equal(0, await ended.Client.ReceiveAsync(new byte[1]));
        Assert.Equal(pid, await Line(fourth));
        third.Client.Send("bye\n"u8); // The process closes it, and the client hears of it.
        Assert.Equal("", await Line(third));
        foreach (var (client, bytes) in new[] { (half, 34), (fourth, 7) })
        {
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal($"{bytes} bytes", await Line(client));
        }

        await engine.Until(s => s.Relay!.Connections == 0, "all have ended");
    }

    [RootFact]
    public async Task A_service_that_dies_afterwards_is_restarted_and_what_it_says_is_heard()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText($"{folder}/server.py", $"""
            import signal, socket, sys
            s = socket.socket(); s.bind(('127.0.0.1', {port})); s.listen()
            signal.signal(signal.SIGUSR1, lambda *_: print('heard', flush=True))
            print('begun', end='', flush=True)
            while True: signal.pause()
            """);
        await using var engine = await Start(folder, port);
        var before = await engine.Status();
        Assert.Equal(Verdict.Succeeded, (await engine.Upgrade()).Verdict);
        Assert.Equal(0, LibC.kill(before.CurrentPid, 10));
        await Temp.Until(() => engine.Log.Contains("begunheard", StringComparison.Ordinal), "a line that began before is whole");
        Assert.Equal(0, LibC.kill(before.CurrentPid, Signals.SIGKILL));
        var after = await engine.Until(s => s.FsmState == FsmState.Running && s.CurrentPid != before.CurrentPid, "it serves again");
        Assert.Equal(1, after.Restarts);
        Assert.Equal("killed by signal 9 (SIGKILL)", after.LastReload!.OldExit);
        engine.Signal("TERM");
        Assert.Equal(0, await engine.Ended());
    }

    [RootTheory]
    [InlineData("/bin/true", "it ended with exit code 0")]
    [InlineData("/bin/false", "it ended with exit code 1")]
    [InlineData("/nowhere/aeterna", "no such file")]
    [InlineData("aeterna", "is no absolute path")]
    public async Task What_is_no_engine_is_refused_and_nothing_is_done(string program, string why)
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        await using var engine = await Idle(folder, port);
        var before = await engine.Status();
        var (status, body) = await engine.Ask(HttpMethod.Post, Routes.Upgrade, $$"""{"program": "{{program}}"}""");
        Assert.True(status is 400 or 409, body);
        Assert.Contains("cannot upgrade: ", body, StringComparison.Ordinal);
        Assert.Contains(why, body, StringComparison.Ordinal);
        Assert.Null((await engine.Status()).LastUpgrade);
        Assert.Equal(before.CurrentPid, (await engine.Status()).CurrentPid);
    }

    /// <summary>It shows that it could, and when it is its turn it has to say that it cannot.</summary>
    [RootFact]
    public async Task One_that_cannot_go_on_after_all_gives_back_to_the_program_of_before()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        await using var engine = await Idle(folder, port);
        using var client = new TcpClient("127.0.0.1", port);
        var pid = (await engine.Status()).CurrentPid;
        var report = await engine.Upgrade(TestEngine.ThatGivesBack(folder));
        Assert.Equal(Verdict.RolledBack, report.Verdict);
        Assert.Contains("it fails at the last moment", report.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((pid, FsmState.Running), ((await engine.Status()).CurrentPid, (await engine.Status()).FsmState));

        // It has all that it had, and can be replaced the next time.
        client.Client.Send("a line\n"u8);
        await engine.Until(s => s.Relay is { Connections: 1, FramesIn: 1 }, "the client is served");
        Assert.Equal(Verdict.Succeeded, (await engine.Upgrade()).Verdict);
        var record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.Succeeded, record.Message);
    }

    [RootFact]
    public async Task During_a_reload_it_is_refused()
    {
        await using var site = await LoadedSite.Start("soak_time: \"60s\"");
        await site.Engine.BeginReload();
        await site.Engine.Until(s => s.FsmState == FsmState.Soaking, "the soak is under way");
        var (status, body) = await site.Engine.Ask(HttpMethod.Post, Routes.Upgrade, "{}");
        Assert.Equal(409, status);
        Assert.Contains(ProblemCode.ReloadBusy, body, StringComparison.Ordinal);
    }

    private static Task<LiveEngine> Idle(string folder, int port)
    {
        File.WriteAllText($"{folder}/server.py", $"""
            import socket, threading
            s = socket.socket(); s.bind(('127.0.0.1', {port})); s.listen()
            def read(c):
                while c.recv(65536): pass
            while True: threading.Thread(target=read, args=(s.accept()[0],), daemon=True).start()
            """);
        return Start(folder, port);
    }

    private static Task<LiveEngine> Start(string folder, int port) => LiveEngine.Start(
        $$"""
        version: "v1"
        service:
          name: "NAME"
          command: ["/usr/bin/python3", "-S", "FOLDER/server.py"]
          listeners: [{ name: in, address: "tcp://127.0.0.1:{{port}}", handoff: relay, framing: line }]
        orchestration: { canary: { soak_time: 100ms, traffic: exclusive, switch_timeout: 60s } }
        """, folder);

    private static async Task<string> Line(TcpClient client)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await client.Client.ReceiveAsync(one).WaitAsync(TimeSpan.FromSeconds(60)) == 1 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString();
    }
}

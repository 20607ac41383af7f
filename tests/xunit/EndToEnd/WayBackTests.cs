using System.Net;
using System.Net.Sockets;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>Whatever fails, at whatever moment, somebody serves on and the record says what happened.</summary>
public class WayBackTests
{
    /// <summary>Answers each connection with its generation. FOLDER/hold-N keeps generation N from binding.</summary>
    private const string Server = PythonSignals.EndOnTerm + """
        import socket, time
        gen = os.environ['AETERNA_GENERATION']
        while os.path.exists('FOLDER/hold-' + gen): time.sleep(0.01)
        s = socket.socket(); s.bind(('127.0.0.1', PORT)); s.listen()
        while True:
            c, _ = s.accept(); c.sendall(gen.encode()); c.close()
        """;

    private const string Yaml = """
        version: "v1"
        service: { name: "NAME", command: ["/usr/bin/python3", "-S", "FOLDER/server.py"] }
        orchestration:
          canary: { soak_time: "SOAK" }
          startup: { timeout: "START" }
        restart: { backoff: { initial: "50ms", max: "1s" } }
        """;

    /// <summary>The main process ends when its workers have, and somebody has stopped all of them.</summary>
    [Fact]
    public async Task An_old_generation_that_is_stopped_with_its_workers_is_let_go_on_to_end()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText(Path.Combine(folder, "server.py"), $$"""
            import os, signal, socket
            s = socket.socket(); s.bind(('127.0.0.1', {{port}})); s.listen()
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
            workers = []
            while len(workers) < 3:
                workers.append(os.fork())
                if not workers[-1]: signal.sigwait([signal.SIGTERM]); os._exit(0)
            signal.sigwait([signal.SIGTERM])
            for worker in workers: os.kill(worker, signal.SIGTERM); os.waitpid(worker, 0)
            """);
        await using var engine = await LiveEngine.Start(
            """
            version: "v1"
            service: { name: "NAME", command: ["/usr/bin/python3", "-S", "FOLDER/server.py"] }
            orchestration: { canary: { enabled: false } }
            """,
            folder);
        var master = (await engine.Status()).CurrentPid;
        await Temp.Until(() => Workers(master).Count == 3, "it has its workers");
        foreach (var pid in Workers(master).Append(master))
        {
            Assert.Equal(0, LibC.kill(pid, Signals.SIGSTOP));
            await Temp.Until(() => ProcFs.Stat(pid) is { State: 'T' }, "it is stopped");
        }

        var record = await engine.Reload();
        Assert.Equal((Verdict.Succeeded, "exit code 0"), (record.Verdict, record.OldExit));
    }

    private static List<int> Workers(int master) => [.. ProcFs.Children(master)];

    [Fact]
    public async Task A_candidate_killed_while_it_starts_is_rolled_back()
    {
        var (engine, port) = await Start("60s");
        await using (engine)
        {
            File.WriteAllText($"{engine.Folder}/hold-2", "");
            var before = await engine.Status();
            var id = await engine.BeginReload();
            var status = await engine.Until(s => s.FsmState == FsmState.Starting && s.CandidatePid is not null, "the candidate starts");
            Kill(status.CandidatePid);
            await RolledBack(engine, id, before, "killed by signal 9 (SIGKILL)");
            Assert.Equal("1", await Ask(port));
        }
    }

    [Fact]
    public async Task A_candidate_killed_in_its_soak_is_rolled_back()
    {
        var (engine, port) = await Start("60s");
        await using (engine)
        {
            var before = await engine.Status();
            var id = await engine.BeginReload();
            var status = await engine.Until(s => s.FsmState == FsmState.Soaking, "the soak begins");
            Kill(status.CandidatePid);
            await RolledBack(engine, id, before, "killed by signal 9 (SIGKILL)");
            Assert.Equal("1", await Ask(port));
        }
    }

    [Fact]
    public async Task A_rollback_asked_for_in_the_soak_ends_it_as_rolled_back()
    {
        var (engine, _) = await Start("60s");
        await using (engine)
        {
            var before = await engine.Status();
            var id = await engine.BeginReload();
            await engine.Until(s => s.FsmState == FsmState.Soaking, "the soak begins");
            Assert.Equal(202, (await engine.Ask(HttpMethod.Post, Routes.Rollback)).Status);
            await RolledBack(engine, id, before, "");
        }
    }

    [Fact]
    public async Task A_client_that_comes_after_the_active_generation_was_killed_waits_and_is_served()
    {
        var (engine, port) = await Start("60s");
        await using (engine)
        {
            File.WriteAllText($"{engine.Folder}/hold-2", "");
            Kill((await engine.Status()).CurrentPid);
            await engine.Until(s => s.CurrentPid == 0, "the engine has seen it");
            var waiting = Ask(port);
            await engine.Until(s => s.FsmState == FsmState.Starting && s.CandidatePid is not null, "the restart has begun");
            Assert.False(waiting.IsCompleted);
            Assert.Equal(503, (await engine.Ask(HttpMethod.Get, Routes.Health)).Status);
            File.Delete($"{engine.Folder}/hold-2");
            Assert.Equal("2", await waiting);
            var status = await engine.Until(s => s.FsmState == FsmState.Running, "it serves again");
            Assert.Equal(1, status.Restarts);
            Assert.Equal("restart", status.LastReload!.Kind);
            Assert.Equal(200, (await engine.Ask(HttpMethod.Get, Routes.Health)).Status);
        }
    }

    [Fact]
    public async Task The_active_generation_killed_in_a_soak_leaves_the_candidate_serving()
    {
        var (engine, port) = await Start("60s");
        await using (engine)
        {
            var id = await engine.BeginReload();
            var status = await engine.Until(s => s.FsmState == FsmState.Soaking, "the soak begins");
            Kill(status.CurrentPid);
            var record = await engine.Finished(id);
            Assert.Equal(Verdict.Succeeded, record.Verdict);
            Assert.Equal(status.CandidatePid, (await engine.Status()).CurrentPid);
            Assert.Equal("2", await Ask(port));
        }
    }

    [Fact]
    public async Task A_second_reload_is_refused_and_a_bad_file_leaves_the_service_untouched()
    {
        var (engine, _) = await Start("60s");
        await using (engine)
        {
            var before = await engine.Status();
            var id = await engine.BeginReload();
            var (status, body) = await engine.Ask(HttpMethod.Post, Routes.Reload);
            Assert.Equal(409, status);
            Assert.Contains(id, body, StringComparison.Ordinal);
            Assert.Equal(ExitCode.Busy, Shell.Run(LiveEngine.Program, "reload", "-n", engine.Name).Code);
            await engine.Ask(HttpMethod.Post, Routes.Rollback);
            await engine.Finished(id);

            engine.Configure(Yaml.Replace("soak_time", "soaktime", StringComparison.Ordinal));
            var refused = Shell.Run(LiveEngine.Program, "reload", "-n", engine.Name, "--wait");
            Assert.Equal(ExitCode.Usage, refused.Code);
            Assert.Contains("aeterna.yaml:4:13: error:", refused.Error, StringComparison.Ordinal);
            Assert.Contains("soak_time", refused.Error, StringComparison.Ordinal);
            Assert.Equal(Verdict.Blocked, (await engine.Records())[0].Verdict);
            Assert.Equal(before.CurrentPid, (await engine.Status()).CurrentPid);
        }
    }

    [Fact]
    public async Task A_changed_command_takes_effect_and_a_port_that_is_no_longer_bound_is_released()
    {
        var (engine, port) = await Start("100ms", "3s");
        await using (engine)
        {
            var (second, script) = (Ports.Next(), $"{engine.Folder}/server.py");
            var (old, text) = (port, File.ReadAllText(script));

            // It binds the second port beside the first: captured. Then without the first: that is released after the drain.
            File.WriteAllText(script, text.Replace("while True:", $"t = socket.socket(); t.bind(('127.0.0.1', {second})); t.listen()\nwhile True:", StringComparison.Ordinal));
            Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);
            Assert.Equal(2, (await engine.Status()).Listeners.Count);
            File.WriteAllText(script, text.Replace($"{port}", $"{second}", StringComparison.Ordinal));
            var record = await engine.Reload();
            Assert.Equal(Verdict.RolledBack, record.Verdict);
            Assert.Contains($"tcp://127.0.0.1:{old} is not bound", record.Message, StringComparison.Ordinal);

            // Nobody can tell a port that was dropped on purpose from a module that did not load; the operator says so.
            Assert.Equal(Verdict.Succeeded, (await engine.Reload(force: true)).Verdict);
            Assert.Equal($"tcp://127.0.0.1:{second}", Assert.Single((await engine.Status()).Listeners).Address);
            using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            free.Bind(new IPEndPoint(IPAddress.Loopback, old));
        }
    }

    [Fact]
    public async Task SIGHUP_reloads_SIGTERM_stops_with_a_drain_and_nothing_is_left()
    {
        var (engine, port) = await Start("100ms");
        await using (engine)
        {
            engine.Signal("HUP");
            await engine.Until(s => s.Generation == 2 && s.FsmState == FsmState.Running, "the reload by SIGHUP has ended");
            Assert.Equal("signal SIGHUP", (await engine.Records())[0].RequestedBy);
            var pid = (await engine.Status()).CurrentPid;
            engine.Signal("TERM");
            Assert.Equal(0, await engine.Ended());
            Assert.Null(ProcFs.Stat(pid));
            Assert.False(File.Exists($"/run/aeterna/{engine.Name}/control.sock"));
            Assert.Empty(Directory.Exists($"/run/aeterna/{engine.Name}") ? Directory.GetDirectories($"/run/aeterna/{engine.Name}") : []);
            using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            free.Bind(new IPEndPoint(IPAddress.Loopback, port));
        }
    }

    private static async Task<(LiveEngine Engine, int Port)> Start(string soak, string start = "60s")
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText(
            Path.Combine(folder, "server.py"),
            Server.Replace("FOLDER", folder, StringComparison.Ordinal).Replace("PORT", $"{port}", StringComparison.Ordinal));
        return (await LiveEngine.Start(Yaml.Replace("SOAK", soak, StringComparison.Ordinal).Replace("START", start, StringComparison.Ordinal), folder), port);
    }

    private static async Task RolledBack(LiveEngine engine, string id, StatusReport before, string why)
    {
        var record = await engine.Finished(id);
        Assert.Equal(Verdict.RolledBack, record.Verdict);
        Assert.Contains(why, record.Message, StringComparison.Ordinal);
        var after = await engine.Status();
        Assert.Equal(FsmState.Running, after.FsmState);
        Assert.Equal(before.CurrentPid, after.CurrentPid);
        Assert.Single(after.Generations);
    }

    private static void Kill(int? pid) => Assert.Equal(0, LibC.kill(pid!.Value, Signals.SIGKILL));

    private static async Task<string> Ask(int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        var buffer = new byte[10];
        var length = await socket.ReceiveAsync(buffer, limit.Token);
        return System.Text.Encoding.ASCII.GetString(buffer, 0, length);
    }
}

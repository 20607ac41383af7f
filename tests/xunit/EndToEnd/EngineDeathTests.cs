using System.Globalization;
using System.Net;
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

namespace Aeterna.Tests.EndToEnd;

/// <summary>A kept engine dies (kill -9), and another one goes on with the service.</summary>
[Collection(Alone.Name)]
public class EngineDeathTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    /// <summary>Its clients and the program have the connections by themselves: nobody is to notice anything.</summary>
    [KeptFact]
    public async Task What_the_engine_only_holds_goes_on_as_if_nothing_had_happened()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), "listeners: []"));
        var first = await engine.Status();
        using var old = new Talk(port);
        Assert.Equal($"{first.CurrentPid}", await old.Ask());
        for (var deaths = 1; deaths <= 3; deaths++)
        {
            var after = await engine.Kill();
            Assert.Equal((first.CurrentPid, first.Generation, deaths, engine.Pid), (after.CurrentPid, after.Generation, after.Keeper!.Deaths, after.Keeper.Pid));
            Assert.Equal($"{first.CurrentPid}", await old.Ask());
            using var fresh = new Talk(port);
            Assert.Equal($"{first.CurrentPid}", await fresh.Ask());
        }

        Assert.Contains("the engine died, and this one has gone on with generation 1", string.Join('\n', (await engine.Status()).Warnings), StringComparison.Ordinal);
        Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);
        Assert.Equal(2, (await engine.Status()).Generation);
    }

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
        Assert.Equal(Verdict.Succeeded, (await site.Engine.Reload()).Verdict);
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

    [KeptTheory]
    [InlineData("split", "listeners: []")]
    [InlineData("exclusive", "listeners: [{ name: lines, address: \"tcp://127.0.0.1:PORT\", handoff: relay, framing: line }]")]
    public async Task A_reload_that_was_under_way_is_rolled_back_and_its_candidate_ended(string traffic, string listeners)
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(
            Yaml(Server(port), listeners.Replace("PORT", $"{port}", StringComparison.Ordinal), $"canary: {{ traffic: {traffic}, soak_time: \"10m\" }}"));
        var first = (await engine.Status()).CurrentPid;
        var id = await engine.BeginReload();
        var candidate = (await engine.Until(s => s.FsmState == FsmState.Soaking && s.CandidatePid is > 0 && s.Soak?.Probes.Count > 0, "a soak is under way")).CandidatePid!.Value;
        var after = await engine.Kill();
        Assert.True((first, FsmState.Running) == (after.CurrentPid, after.FsmState), engine.Log);
        var record = await engine.Finished(id);
        Assert.Equal((Verdict.RolledBack, "the engine died meanwhile: generation 1 serves on"), (record.Verdict, record.Message));
        await Temp.Until(() => ProcFs.Stat(candidate) is null, "the candidate is gone");
        using var talk = new Talk(port);
        Assert.Equal($"{first}", await talk.Ask());
    }

    /// <summary>The old process has ended for the new one by then: its command is started again, and its clients wait.</summary>
    [KeptFact]
    public async Task A_sequential_reload_that_was_under_way_ends_with_the_command_of_before()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), "listeners: []", "canary: { traffic: sequential, soak_time: \"10m\" }"));
        var first = (await engine.Status()).CurrentPid;
        var id = await engine.BeginReload();
        var candidate = (await engine.Until(s => s.FsmState == FsmState.Soaking && s.CandidatePid is > 0, "a soak is under way")).CandidatePid!.Value;
        var dead = (await engine.Status()).EnginePid;
        Assert.Equal(0, LibC.kill(dead, Signals.SIGKILL));
        await Temp.Until(() => ProcFs.Stat(dead) is null && ProcFs.Stat(candidate) is null, "the engine is gone, and its candidate");
        using var talk = new Talk(port);
        var third = int.Parse((await talk.Ask())!, CultureInfo.InvariantCulture);
        Assert.NotEqual(first, third);
        Assert.Equal(third, (await engine.Until(s => s.FsmState == FsmState.Running, "it serves")).CurrentPid);
        var record = await engine.Finished(id);
        Assert.Equal((Verdict.RolledBack, "the engine died meanwhile: the command of before is started again"), (record.Verdict, record.Message));
    }

    /// <summary>How the service's process has ended is its parent's to know, which the next engine is not.</summary>
    [KeptFact]
    public async Task The_end_of_a_process_that_another_engine_had_started_is_known_as_any()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), "listeners: []") + "\nrestart: { policy: always, backoff: { initial: \"20ms\", max: \"1s\" } }");
        var first = (await engine.Status()).CurrentPid;
        await engine.Kill();
        Assert.Equal(0, LibC.kill(first, Signals.SIGTERM));
        var second = await engine.Until(s => s.FsmState == FsmState.Running && s.CurrentPid != first, "it was restarted");
        Assert.Contains("was killed by signal 15 (SIGTERM)", second.LastReload!.Message, StringComparison.Ordinal);

        // One that ends while nobody is there to see it.
        var dying = second.EnginePid;
        Assert.Equal(0, LibC.kill(second.CurrentPid, Signals.SIGSTOP));
        Assert.Equal(0, LibC.kill(dying, Signals.SIGKILL));
        Assert.Equal(0, LibC.kill(second.CurrentPid, Signals.SIGKILL));
        var third = await engine.Until(s => s.EnginePid != dying && s.FsmState == FsmState.Running && s.CurrentPid != second.CurrentPid, "it was restarted once more");
        using var talk = new Talk(port);
        Assert.Equal($"{third.CurrentPid}", await talk.Ask());
    }

    [KeptFact]
    public async Task Signals_go_to_the_keeper_and_nothing_is_left_at_the_end()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), "listeners: []", "canary: { traffic: split, soak_time: \"100ms\" }"));
        Assert.Equal($"{engine.Pid}", Shell.Output("/bin/cat", $"/run/aeterna/{engine.Name}/engine.pid").Trim());
        await engine.Kill();
        engine.Signal("HUP");
        await engine.Until(s => s is { Generation: 2, FsmState: FsmState.Running }, "it was reloaded");
        var all = Below(engine.Pid);
        Assert.InRange(all.Count, 3, 5); // The engine, its guard, the service, and perhaps a launcher or an old one.
        engine.Signal("TERM");
        Assert.Equal(0, await engine.Ended());
        Assert.DoesNotContain(all, pid => ProcFs.Stat(pid) is { State: not 'Z' });
        Assert.False(Directory.Exists($"/run/aeterna/{engine.Name}/gen-2"));
    }

    /// <summary>By a signal that the engine had no time to hear, and in the midst of a stop that takes its time.</summary>
    [KeptTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_outlives_the_engine_too(bool hasBegun)
    {
        var port = Ports.Next();
        var slow = "import signal, time\nsignal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), os._exit(0)))\n";
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port).Replace("s = socket", slow + "s = socket", StringComparison.Ordinal), "listeners: []"));
        var status = await engine.Status();
        engine.Signal("TERM");
        if (hasBegun)
        {
            await engine.Until(s => s.FsmState == FsmState.Draining, "it is being stopped");
            await Temp.Until(() => engine.Log.Contains("the service is DRAINING", StringComparison.Ordinal), "that is known");
        }

        Assert.Equal(0, LibC.kill(status.EnginePid, Signals.SIGKILL));
        await engine.Ended();
        Assert.False(ProcFs.Stat(status.CurrentPid) is { State: not 'Z' }, engine.Log);
    }

    [KeptFact]
    public async Task After_an_adoption_the_service_is_started_anew_where_nothing_can_go_on()
    {
        var (port, folder) = (Ports.Next(), Temp.Folder());
        File.WriteAllText($"{folder}/server.py", Server(port));
        using var daemon = System.Diagnostics.Process.Start("/usr/bin/python3", ["-S", $"{folder}/server.py"]);
        await Temp.Until(() => ProcFs.Descriptors(daemon.Id).Count() > 3, "the daemon listens");
        await using var engine = LiveEngine.AdoptKept(
            daemon.Id,
            $$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/bin/python3", "-S", "{{folder}}/server.py"], profile: none }
            orchestration: { pre_flight: [], canary: { traffic: split, soak_time: "100ms" } }
            """,
            folder);
        var before = await engine.Until(s => s.FsmState == FsmState.Running && s.Keeper is { Ready: true }, "it has been adopted");
        await Temp.Until(() => daemon.HasExited, "the daemon has ended");
        Assert.Equal(0, LibC.kill(Guard(engine), Signals.SIGSTOP));
        Assert.Equal(0, LibC.kill(before.EnginePid, Signals.SIGKILL));
        await Temp.Until(() => ProcFs.Stat(before.EnginePid) is null, "the engine is gone");
        Assert.Equal(0, LibC.kill(Guard(engine), Signals.SIGKILL));
        var after = await engine.Until(s => s.EnginePid != before.EnginePid && s.FsmState == FsmState.Running, "the service was started anew");
        using var talk = new Talk(port);
        Assert.Equal($"{after.CurrentPid}", await talk.Ask());
    }

    [KeptFact]
    public async Task A_guard_that_dies_is_replaced_and_holds_what_the_one_before_held()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), "listeners: []"));
        var (pid, first) = ((await engine.Status()).CurrentPid, Guard(engine));
        Assert.Equal(0, LibC.kill(first, Signals.SIGKILL));
        await Temp.Until(() => Guard(engine) is > 0 and var now && now != first, "there is another guard");
        Assert.Equal(pid, (await engine.Kill()).CurrentPid);
    }

    /// <summary>With the first engine ends also what was to go on with it.</summary>
    [KeptFact]
    public async Task Where_nothing_can_go_on_the_keeper_starts_the_service_anew()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), "listeners: []"));
        var before = await engine.Status();
        Assert.Equal(0, LibC.kill(Guard(engine), Signals.SIGSTOP)); // The keeper is not told of that.
        Assert.Equal(0, LibC.kill(before.EnginePid, Signals.SIGKILL));
        await Temp.Until(() => ProcFs.Stat(before.EnginePid) is null, "the engine is gone");
        Assert.Equal(0, LibC.kill(Guard(engine), Signals.SIGKILL));
        var after = await engine.Until(s => s.EnginePid != before.EnginePid && s.FsmState == FsmState.Running, "another engine has started the service");
        Assert.NotEqual(before.CurrentPid, after.CurrentPid);
        Assert.Null(ProcFs.Stat(before.CurrentPid));
        using var talk = new Talk(port);
        Assert.Equal($"{after.CurrentPid}", await talk.Ask());
    }

    [KeptFact]
    public async Task A_kept_engine_can_be_upgraded_and_die_after_it()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), "listeners: []"));
        var before = await engine.Status();
        await engine.Kill();
        Assert.Equal(Verdict.Succeeded, (await engine.Upgrade()).Verdict);
        await engine.Until(s => s.Keeper is { Ready: true }, "the new one is guarded");
        var after = await engine.Kill();
        Assert.Equal((before.CurrentPid, 2), (after.CurrentPid, after.Keeper!.Deaths));
        using var talk = new Talk(port);
        Assert.Equal($"{before.CurrentPid}", await talk.Ask());
    }

    [KeptFact]
    public async Task Deaths_cost_no_descriptor_and_no_process()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), "listeners: []"));
        await engine.Kill();
        var before = await Holdings(engine);
        for (var i = 0; i < 5; i++)
        {
            await engine.Kill();
        }

        await Temp.Until(() => Holdings(engine).Result is var now && now.Descriptors <= before.Descriptors && now.Processes == before.Processes, $"it holds {before} again");
    }

    [KeptFact]
    public async Task A_start_that_fails_ends_the_keeper_with_its_exit_code()
    {
        await using var engine = LiveEngine.LaunchKept("version: \"v1\"\nservice: { name: \"NAME\", command: [\"/nowhere/at/all\"] }");
        Assert.Equal(ExitCode.Failed, await engine.Ended());
        await using var wrong = LiveEngine.LaunchKept("version: \"v1\"\nservice: { }");
        Assert.Equal(ExitCode.Usage, await wrong.Ended());
    }

    private static async Task<(int Descriptors, string Processes)> Holdings(LiveEngine engine)
    {
        var pid = (await engine.Status()).EnginePid;
        return (Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length, string.Join(' ', Below(engine.Pid).Select(p => File.ReadAllText($"/proc/{p}/comm").Trim()).Order(StringComparer.Ordinal)));
    }

    private static int Guard(LiveEngine engine) =>
        ProcFs.Processes().FirstOrDefault(p => ProcFs.Stat(p) is { State: not 'Z' } stat && stat.Parent == engine.Pid && File.ReadAllText($"/proc/{p}/comm").Trim() == "aeterna-guard");

    private static List<int> Below(int pid)
    {
        var children = ProcFs.Processes().Where(p => ProcFs.Stat(p)?.Parent == pid).ToList();
        return [.. children, .. children.SelectMany(Below)];
    }

    private static string Yaml(string script, string listeners, string orchestration = "canary: { traffic: split, soak_time: \"100ms\" }") => $$"""
        version: "v1"
        service: { name: "NAME", command: ["/usr/bin/python3", "-S", "-c", {{System.Text.Json.JsonSerializer.Serialize(script)}}], profile: none, {{listeners}} }
        orchestration: { pre_flight: [], {{orchestration}} }
        """;

    // A thread for each connection, and one that waits in accept.
    private static string Server(int port) => string.Create(CultureInfo.InvariantCulture, $$"""
        import os, socket, threading
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', {{port}})); s.listen()
        def serve(c):
            while c.recv(65536): c.sendall(b'%d\n' % os.getpid())
            c.close()
        while True:
            c, _ = s.accept()
            threading.Thread(target=serve, args=(c,), daemon=True).start()
        """);

    private sealed class Talk : IDisposable
    {
        private readonly TcpClient _client = new();
        private readonly StreamReader _answers;

        public Talk(int port)
        {
            _client.Connect(IPAddress.Loopback, port);
            _answers = new StreamReader(_client.GetStream());
        }

        public async Task<string?> Ask()
        {
            _client.Client.Send("who\n"u8);
            return await _answers.ReadLineAsync().WaitAsync(_limit);
        }

        public void Dispose()
        {
            _answers.Dispose();
            _client.Dispose();
        }
    }
}

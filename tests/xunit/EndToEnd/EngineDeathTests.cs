using System.Globalization;
using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;
using static Aeterna.Tests.EndToEnd.PidServer;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A kept engine dies (kill -9), and another one goes on with the service.</summary>
[Collection(Alone.Name)]
public class EngineDeathTests
{
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
        Assert.Equal(Verdict.Succeeded, (await engine.Reload(force: true)).Verdict);
        Assert.Equal(2, (await engine.Status()).Generation);
    }

    /// <summary>Until another program goes on, or somebody insists.</summary>
    [KeptFact]
    public async Task An_engine_that_dies_again_and_again_lets_nothing_new_in()
    {
        await using var engine = await LiveEngine.StartKept(Yaml(Server(Ports.Next()), "listeners: []"));
        for (var deaths = 0; deaths < 3; deaths++)
        {
            await engine.Kill();
        }

        for (var more = 0; more < 2; more++)
        {
            var (status, body) = await engine.Ask(HttpMethod.Post, Routes.Reload, "{}");
            Assert.Equal((409, ProblemCode.Unsteady), (status, JsonSerializer.Deserialize(body, ContractJson.Default.Problem)!.Code));
            Assert.Contains("the engine has died three times within a minute, and carries on what it has", string.Join('\n', (await engine.Status()).Warnings), StringComparison.Ordinal);
            await engine.Kill();
        }

        Assert.Equal(Verdict.Succeeded, (await engine.Reload(force: true)).Verdict);
        Assert.Equal(Verdict.Succeeded, (await engine.Upgrade()).Verdict);
        Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);
        Assert.DoesNotContain("three times", string.Join('\n', (await engine.Status()).Warnings), StringComparison.Ordinal);
    }

    /// <summary>Whoever says nothing has a keeper; not where a service manager may listen to nobody but the engine.</summary>
    [KeptTheory]
    [InlineData(true)]
    [InlineData(false, "NOTIFY_SOCKET=/run/none")]
    public async Task A_plain_start_leaves_a_keeper(bool isKept, params string[] environment)
    {
        await using var engine = LiveEngine.LaunchPlain(Yaml(Server(Ports.Next()), "listeners: []"), environment);
        var status = await engine.Until(s => s.FsmState == FsmState.Running && (s.Keeper is { Ready: true } || !isKept), "it serves");
        Assert.Equal((isKept ? engine.Pid : null, isKept), (status.Keeper?.Pid, status.EnginePid != engine.Pid));
        if (isKept)
        {
            Assert.Equal(status.CurrentPid, (await engine.Kill()).CurrentPid);
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

        // What the dead engine had of that process is no more, and another one has the numbers: it must not have closed anything of its own.
        await engine.Until(s => s.Keeper is { Ready: true }, "another engine could go on");
        Assert.Equal(third.CurrentPid, (await engine.Kill()).CurrentPid);
        Assert.Equal($"{third.CurrentPid}", await talk.Ask());
    }

    [KeptFact]
    public async Task An_engine_whose_keeper_is_killed_goes_on_and_warns()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), "listeners: []"));
        var before = await engine.Status();
        Assert.Equal(0, LibC.kill(engine.Pid, Signals.SIGKILL));
        await Temp.Until(() => engine.Status().Result is { Keeper: null } now && now.Warnings.Any(w => w.StartsWith("the engine's keeper is gone", StringComparison.Ordinal)), "it warns");
        using (var talk = new Talk(port))
        {
            Assert.Equal($"{before.CurrentPid}", await talk.Ask());
        }

        Assert.Equal(0, LibC.kill(before.EnginePid, Signals.SIGTERM));
        await Temp.Until(() => ProcFs.Stat(before.EnginePid) is null or { State: 'Z' } && ProcFs.Stat(before.CurrentPid) is null or { State: 'Z' }, "it has ended with its service");
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

    /// <summary>Whoever asks for the stop is told of the service's end, whichever engine ends it, and of nothing else.</summary>
    [KeptFact]
    public async Task A_stop_that_is_waited_for_is_over_when_the_next_engine_has_done_it()
    {
        var port = Ports.Next();
        var slow = "import signal, time\nsignal.signal(signal.SIGTERM, lambda *_: (time.sleep(4), os._exit(0)))\n";
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port).Replace("s = socket", slow + "s = socket", StringComparison.Ordinal), "listeners: []"));
        var status = await engine.Status();
        var stop = Task.Run(() => Shell.Run(LiveEngine.Program, "stop", engine.Name));
        await engine.Until(s => s.FsmState == FsmState.Draining, "it is being stopped");
        Assert.Equal(0, LibC.kill(status.EnginePid, Signals.SIGKILL));
        Assert.Equal((0, $"{engine.Name} is stopped\n", ""), await stop);
        Assert.Equal(0, await engine.Ended());
        Assert.Contains($"(pid {status.CurrentPid}) ended: exit code 0", engine.Log, StringComparison.Ordinal); // Nobody hurried it.
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

    /// <summary>The keeper tells of each guard's end, also of one that was dismissed for an upgrade: a new one at that moment would be there beside the next engine's, and two would go on.</summary>
    [KeptFact]
    public async Task However_often_an_engine_is_upgraded_one_guard_is_there()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(
            Yaml(Server(port), string.Create(CultureInfo.InvariantCulture, $"listeners: [{{ name: lines, address: \"tcp://127.0.0.1:{port}\", handoff: relay, framing: line }}]")));
        List<Talk> clients = [.. Enumerable.Range(0, 200).Select(_ => new Talk(port))]; // So that there is something to do between the one's end and the other's beginning.
        var pid = $"{(await engine.Status()).CurrentPid}";
        await Task.WhenAll(clients.Select(async client => Assert.Equal(pid, await client.Ask())));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.Succeeded, (await engine.Upgrade()).Verdict);
            await engine.Until(s => s.Keeper is { Ready: true }, "the new one is guarded");
            Assert.Single(engine.Guards());
        }

        Assert.Equal(pid, $"{(await engine.Kill()).CurrentPid}");
        await Task.WhenAll(clients.Select(async client => Assert.Equal(pid, await client.Ask())));
        clients.ForEach(client => client.Dispose());
    }

    [KeptFact]
    public async Task Deaths_cost_no_descriptor_and_no_process()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.StartKept(Yaml(Server(port), $"listeners: [{{ name: lines, address: \"tcp://127.0.0.1:{port}\", handoff: relay, framing: line }}]"));
        using (var talk = new Talk(port))
        {
            Assert.NotNull(await talk.Ask());
        }

        await engine.Until(s => s.Relay is { Accepted: 1, Connections: 0 }, "its client is gone");
        Assert.False(IsClosedOnExec(engine.EnginePid, 0));
        await engine.Kill();
        Assert.False(IsClosedOnExec(engine.EnginePid, 0)); // A place that is free has 0 for each of its descriptors.
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

    // O_CLOEXEC of fcntl.h, 02000000 in octal.
    private static bool IsClosedOnExec(int pid, int fd) =>
        (Convert.ToInt32(File.ReadLines($"/proc/{pid}/fdinfo/{fd}").First(l => l.StartsWith("flags:", StringComparison.Ordinal)).Split('\t')[1], 8) & 0x80000) != 0;

    private static async Task<(int Descriptors, string Processes)> Holdings(LiveEngine engine)
    {
        var pid = (await engine.Status()).EnginePid;
        return (Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length, string.Join(' ', Below(engine.Pid).Select(p => File.ReadAllText($"/proc/{p}/comm").Trim()).Order(StringComparer.Ordinal)));
    }

    private static int Guard(LiveEngine engine) => engine.Guards().FirstOrDefault();

    private static List<int> Below(int pid)
    {
        var children = ProcFs.Children(pid).ToList();
        return [.. children, .. children.SelectMany(Below)];
    }
}

extern alias Module;

using System.Net.Sockets;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Module::Aeterna.Contract;
using Module::Aeterna.PowerShell.Client;
using Module::Aeterna.PowerShell.Errors;
using Xunit;

namespace Aeterna.Tests.PowerShell;

/// <summary>The module's client against a real engine.</summary>
public sealed class EngineClientTests
{
    private const string Yaml = """
        version: "v1"
        service: { name: "NAME", command: ["/bin/sleep", "600"] }
        orchestration:
          startup: { ready: delay }
          canary: { soak_time: "SOAK" }
        """;

    [Fact]
    public async Task It_reads_reloads_and_follows()
    {
        await using var engine = await LiveEngine.Start(Yaml.Replace("SOAK", "500ms", StringComparison.Ordinal));
        using var client = new EngineClient(EngineAddress.OfService(engine.Name));
        var before = await client.Status(default);
        Assert.Equal((engine.Name, engine.Pid, FsmState.Running), (before.Service, before.EnginePid, before.FsmState));

        var id = (await client.Reload(new ReloadRequest { Reason = "test" }, default)).Id;
        List<EventReport> events = [];
        var record = new ReloadFollower(client, id) { Happened = events.Add }.Run(default);

        Assert.Equal((Verdict.Succeeded, "test", before.CurrentPid), (record.Verdict, record.Reason, record.OldPid));
        Assert.Equal(EventType.Finished, events[^1].Type);
        Assert.Contains(events, e => e.Type == EventType.Probe);
        Assert.Equal([.. events.Select(e => e.Id).Order()], events.Select(e => e.Id));
        Assert.Equal(id, (await client.Records(1, default))[0].Id);
        Assert.Contains(MetricsText.Read(await client.Metrics(default)), m => m.Metric == "aeterna_reloads_total" && m.Value == 1);
    }

    [Fact]
    public async Task Each_refusal_is_a_failure_of_its_own()
    {
        await using var engine = await LiveEngine.Start(Yaml.Replace("SOAK", "10m", StringComparison.Ordinal));
        using var client = new EngineClient(EngineAddress.OfService(engine.Name));
        Assert.Equal(EngineError.NothingToUndo, (await Fails(() => client.Rollback(default))).Error);
        Assert.Equal(EngineError.NoSuchReload, (await Fails(() => client.Record("no/such?id", default))).Error);

        var id = (await client.Reload(new ReloadRequest(), default)).Id;
        var busy = await Fails(() => client.Reload(new ReloadRequest(), default));
        Assert.Equal((EngineError.ReloadBusy, id), (busy.Error, busy.ReloadId));

        engine.Configure(Yaml.Replace("soak_time", "soaktime", StringComparison.Ordinal));
        Assert.Equal(id, await client.Rollback(default));
        Assert.Equal(Verdict.RolledBack, new ReloadFollower(client, id).Run(default).Verdict);
        var bad = await Fails(() => client.Reload(new ReloadRequest(), default));
        Assert.Equal((EngineError.ConfigInvalid, 5), (bad.Error, bad.Findings[0].Line));
    }

    [Fact]
    public async Task Cancelling_ends_the_following_and_not_the_reload()
    {
        await using var engine = await LiveEngine.Start(Yaml.Replace("SOAK", "10m", StringComparison.Ordinal));
        using var client = new EngineClient(EngineAddress.OfService(engine.Name));
        using var cancel = new CancellationTokenSource();
        var id = (await client.Reload(new ReloadRequest(), default)).Id;
        var follower = new ReloadFollower(client, id) { Now = (status, _) => { if (status.FsmState == FsmState.Soaking) { cancel.Cancel(); } } };

        Assert.ThrowsAny<OperationCanceledException>(() => follower.Run(cancel.Token));
        Assert.Equal(id, (await client.Status(default)).ReloadId);
    }

    [Fact]
    public async Task What_a_dead_engine_left_behind_is_not_running()
    {
        var folder = Temp.Folder();
        var path = Path.Combine(folder, "control.sock");
        Shell.Output("/usr/bin/python3", "-c", $"import socket; socket.socket(socket.AF_UNIX).bind('{path}')");
        Assert.True(File.Exists(path));
        using var client = new EngineClient(new EngineAddress { Label = "x", SocketPath = path });
        Assert.Equal(EngineError.NotRunning, (await Fails(() => client.Status(default))).Error);
        Directory.Delete(folder, true);
    }

    [Fact]
    public async Task An_engine_that_hangs_is_given_up()
    {
        var folder = Temp.Folder();
        using var hanging = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        hanging.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "s")));
        hanging.Listen();
        using var client = new EngineClient(new EngineAddress { Label = "x", SocketPath = Path.Combine(folder, "s") }, TimeSpan.FromMilliseconds(200));
        Assert.Equal(EngineError.Timeout, (await Fails(() => client.Status(default))).Error);
        Directory.Delete(folder, true);
    }

    private static Task<EngineException> Fails(Func<Task> call) => Assert.ThrowsAsync<EngineException>(call);
}

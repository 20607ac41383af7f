using System.Net.Sockets;
using Aeterna.Cli;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Client;

/// <summary>The client of the command line and the module, against a real engine.</summary>
public sealed class ControlClientTests
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
        using var client = new ControlClient(Of(engine));
        var before = await client.Status(default);
        Assert.Equal((engine.Name, engine.Pid, FsmState.Running), (before.Service, before.EnginePid, before.FsmState));

        var id = (await client.Reload(new ReloadRequest { Reason = "test" }, default)).Id;
        List<Followed> told = [];
        await foreach (var next in new EngineFollower(client).Follow(id, afterId: 0, default))
        {
            told.Add(next);
        }

        var record = Assert.IsType<Followed.Decided>(told[^1]).Record;
        Assert.Equal(FsmState.Running, Assert.IsType<Followed.Now>(told[^2]).Status.FsmState);
        var events = told.OfType<Followed.Happened>().Select(h => h.Event).Where(e => e.ReloadId == id).ToList();
        Assert.Equal((Verdict.Succeeded, "test", before.CurrentPid), (record.Verdict, record.Reason, record.OldPid));
        Assert.Equal(EventType.Finished, events[^1].Type);
        Assert.Contains(events, e => e.Type == EventType.Probe);
        Assert.Equal([.. events.Select(e => e.Id).Order()], events.Select(e => e.Id));
        Assert.Equal(id, (await client.Records(1, default))[0].Id);
        Assert.Matches("(?m)^aeterna_reloads_total\\{.*succeeded.*\\} 1$", await client.Metrics(default));
    }

    [Fact]
    public async Task Each_refusal_is_a_failure_of_its_own()
    {
        await using var engine = await LiveEngine.Start(Yaml.Replace("SOAK", "10m", StringComparison.Ordinal));
        using var client = new ControlClient(Of(engine));
        Assert.Equal(EngineError.NothingToUndo, (await Fails(() => client.Rollback(default))).Error);
        Assert.Equal(EngineError.NothingToPromote, (await Fails(() => client.Promote(default))).Error);
        Assert.Equal(EngineError.NoSuchReload, (await Fails(() => client.Record("no/such?id", default))).Error);

        var id = (await client.Reload(new ReloadRequest(), default)).Id;
        var busy = await Fails(() => client.Reload(new ReloadRequest(), default));
        Assert.Equal((EngineError.ReloadBusy, id), (busy.Error, busy.ReloadId));

        engine.Configure(Yaml.Replace("soak_time", "soaktime", StringComparison.Ordinal));
        Assert.Equal(id, await client.Rollback(default));
        Assert.Equal(Verdict.RolledBack, (await Decided(client, id, default)).Verdict);
        var bad = await Fails(() => client.Reload(new ReloadRequest(), default));
        Assert.Equal((EngineError.ConfigInvalid, 5), (bad.Error, bad.Findings[0].Line));
    }

    [Fact]
    public async Task Cancelling_ends_the_following_and_not_the_reload()
    {
        await using var engine = await LiveEngine.Start(Yaml.Replace("SOAK", "10m", StringComparison.Ordinal));
        using var client = new ControlClient(Of(engine));
        using var cancel = new CancellationTokenSource();
        var id = (await client.Reload(new ReloadRequest(), default)).Id;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var next in new EngineFollower(client).Follow(id, afterId: 0, cancel.Token))
            {
                if (next is Followed.Now { Status.FsmState: FsmState.Soaking })
                {
                    await cancel.CancelAsync();
                }
            }
        });
        Assert.Equal(id, (await client.Status(default)).ReloadId);
    }

    [Fact]
    public async Task What_a_dead_engine_left_behind_is_not_running()
    {
        var folder = Temp.Folder();
        var path = Path.Combine(folder, "control.sock");
        Shell.Output("/usr/bin/python3", "-c", $"import socket; socket.socket(socket.AF_UNIX).bind('{path}')");
        Assert.True(File.Exists(path));
        using var client = new ControlClient(CliTargets.OfSocket(path));
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
        using var client = new ControlClient(CliTargets.OfSocket(Path.Combine(folder, "s")), TimeSpan.FromMilliseconds(200));
        Assert.Equal(EngineError.Timeout, (await Fails(() => client.Status(default))).Error);
        Directory.Delete(folder, true);
    }

    private static EngineTarget Of(LiveEngine engine) => CliTargets.OfService(engine.Name, $"/run/aeterna/{engine.Name}/control.sock");

    private static async Task<ReloadRecord> Decided(ControlClient client, string id, CancellationToken cancel)
    {
        var last = default(Followed);
        await foreach (var next in new EngineFollower(client).Follow(id, afterId: null, cancel))
        {
            last = next;
        }

        return Assert.IsType<Followed.Decided>(last).Record;
    }

    private static Task<EngineException> Fails(Func<Task> call) => Assert.ThrowsAsync<EngineException>(call);
}

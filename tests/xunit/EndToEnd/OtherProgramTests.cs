using System.Globalization;
using Aeterna.Contract;
using Aeterna.Demo;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Load.Rsyslogd;
using Aeterna.Tests.Support;
using Xunit;
using Signals = Aeterna.Linux.Signals;

namespace Aeterna.Tests.EndToEnd;

/// <summary>Programs other than rsyslogd under the whole engine, and the engine as PID 1.</summary>
public class OtherProgramTests
{
    [RootFact]
    public async Task Nginx_by_its_profile_fails_no_request_over_five_reloads()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        WebSite.Nginx(folder, port);
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/sbin/nginx", "-c", "FOLDER/nginx.conf", "-e", "stderr"] }
            orchestration: { canary: { soak_time: "300ms", health_check: { http_get: "http://127.0.0.1:{{port}}/", interval: "100ms" } } }
            """,
            folder);
        using var stop = new CancellationTokenSource();
        var requests = WebSite.Request(port, stop.Token);
        for (var i = 0; i < 5; i++)
        {
            var record = await engine.Reload();
            Assert.True(record.Verdict == Verdict.Succeeded, $"{record.Message}\n{engine.Log}");
            Assert.Contains(record.Phases, p => p is { Name: "pre_flight", Outcome: "ok" });
            Assert.Equal("exit code 0", record.OldExit);
        }

        await stop.CancelAsync();
        var (answered, failures) = await requests;
        Assert.True(answered > 50, $"{answered} requests");
        Assert.Empty(failures);
    }

    [RootFact]
    public async Task Gunicorn_that_replaces_its_program_by_its_own_means_goes_on_as_the_same_generation()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText($"{folder}/here.py", "def app(environ, start):\n    start('200 OK', [('Content-Length', '5')])\n    return [b'here\\n']\n");
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service:
              name: "NAME"
              command: ["/usr/bin/gunicorn", "--chdir", "FOLDER", "--pid", "FOLDER/pid", "--bind", "127.0.0.1:{{port}}", "here:app"]
            orchestration: { canary: { soak_time: "300ms" } }
            """,
            folder);
        using var stop = new CancellationTokenSource();
        var requests = WebSite.Request(port, stop.Token);
        var old = (await engine.Status()).CurrentPid;
        _ = LibC.kill(old, 12); // SIGUSR2: it starts its program anew beside it, which takes its sockets over.
        await Temp.Until(() => File.Exists($"{folder}/pid.2") && File.ReadAllText($"{folder}/pid.2").EndsWith('\n'), "the new master is there");
        var heir = int.Parse(File.ReadAllText($"{folder}/pid.2"), CultureInfo.InvariantCulture);
        _ = LibC.kill(old, 15);
        var status = await engine.Until(s => s.CurrentPid == heir, "the new master is the main process");
        Assert.Equal((1, FsmState.Running), (status.Generation, status.FsmState));
        Assert.DoesNotContain(await engine.Records(), r => r.Kind == "restart");
        await stop.CancelAsync();
        var (answered, failures) = await requests;
        Assert.True(answered > 0);
        Assert.Empty(failures);
        var record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.Succeeded, $"{record.Message}\n{engine.Log}");
        Assert.Equal((heir, "exit code 0"), (record.OldPid, record.OldExit));
    }

    [RootFact]
    public async Task A_service_of_another_user_reaches_its_notify_socket_and_its_own_folder()
    {
        var folder = Temp.Folder();
        File.SetUnixFileMode(folder, (UnixFileMode)1023);
        File.WriteAllText($"{folder}/notify.py", """
            import os, socket, time
            assert os.getuid() == 65534
            open(os.environ['AETERNA_INSTANCE_DIR'] + '/mine', 'w').close()
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(os.environ['NOTIFY_SOCKET'])
            s.send(b'STATUS=at home\nREADY=1'); time.sleep(1000)
            """);
        await using var engine = await LiveEngine.Start(
            """
            version: "v1"
            service: { name: "NAME", command: ["/usr/bin/python3", "-S", "FOLDER/notify.py"], user: "nobody", group: "nogroup" }
            orchestration: { startup: { ready: notify } }
            """,
            folder);
        Assert.Equal("at home", (await engine.Status()).Generations.Single().NotifyStatus);
        Assert.True(File.Exists($"/run/aeterna/{engine.Name}/gen-1/mine"));
    }

    [RootFact]
    public async Task The_original_configuration_works_as_it_stands()
    {
        using var site = new RsyslogdSite();
        using var health = new HealthEndpoint(Ports.Next());
        await using var engine = await LiveEngine.Start($$"""
            version: "v1"
            service:
              name: "NAME"
              command: ["/usr/sbin/rsyslogd", "-n", "-f", "{{site.ConfigPath}}"]
              env: ["RSYSLOGD_CONFIG={{site.ConfigPath}}"]
              binary_path: "/usr/sbin/rsyslogd"
            orchestration:
              strategy: "canary"
              pre_flight:
                - { name: "Config dry-run", command: ["/usr/sbin/rsyslogd", "-N1", "-f", "{{site.ConfigPath}}"], timeout: "5s", block_on_fail: true }
              startup: { warmup_delay: "0s" }
              canary:
                enabled: true
                soak_time: "1s"
                health_check: { http_get: "{{health.Url}}", interval: "500ms" }
              drain: { timeout: "30s" }
              post_process: { on_success: [], on_failure: [] }
              state_handoff: { enabled: true, socket_path: "FOLDER/rsyslogd_srp.sock", timeout: "10s" }
            observability: { metrics_port: ":{{Ports.Next()}}", log_level: "info" }

            """);
        var before = (await engine.Status()).Listeners.Select(l => l.Address).ToList();
        Assert.Equal(3, before.Count); // TCP, UDP and the unix socket.
        var record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.Succeeded, record.Message);
        var status = await engine.Status();
        Assert.Equal(before, status.Listeners.Select(l => l.Address));
        Assert.Equal((record.NewPid, record.OldPid), (status.CurrentPid, status.OldPid));
        Assert.Equal("success", status.LastHandover.Status); // Its connections, messages and configuration, which go on in the new process.
        Assert.Equal(["imtcp", "imudp", "imuxsock"], status.LastHandover.Carried!.ConfigState!.Modules);
        Assert.Equal(1, status.LastHandover.Carried.ConfigState.Rules);
        Assert.True(status.LastHandover.SizeBytes > 0);
        Assert.Equal(64, record.BinarySha256!.Length);
    }

    [Fact]
    public async Task A_service_has_the_descriptor_limit_that_the_engine_was_started_with_and_none_of_its_variables()
    {
        var folder = Temp.Folder();
        await using var engine = await LiveEngine.Start(
            """
            version: "v1"
            service: { name: "NAME", command: ["/bin/sh", "-c", "ulimit -Sn > FOLDER/limit; env > FOLDER/env; exec sleep 1000"] }
            """,
            folder,
            "AETERNA_START_NOFILE=777");
        Assert.Equal("777", File.ReadAllText($"{folder}/limit").Trim());
        var variables = File.ReadAllText($"{folder}/env");
        Assert.DoesNotContain("AETERNA_START_NOFILE", variables, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task As_PID_1_the_engine_reaps_what_its_service_leaves()
    {
        var folder = Temp.Folder();
        File.WriteAllText($"{folder}/orphans.sh", "for i in 1 2 3; do (setsid sleep 0.1 &) ; done; sleep 0.3; ps -e -o stat=,comm= > FOLDER/ps.tmp; mv FOLDER/ps.tmp FOLDER/ps; exec sleep 1000".Replace("FOLDER", folder, StringComparison.Ordinal));
        File.WriteAllText($"{folder}/aeterna.yaml", $$"""
            version: "v1"
            service: { name: "{{LiveEngine.NewName()}}", command: ["/bin/sh", "{{folder}}/orphans.sh"] }
            observability: { metrics_port: "off" }
            history: { directory: "{{folder}}/history" }
            """);
        using var engine = System.Diagnostics.Process.Start(
            "unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", LiveEngine.Program, "start", "-c", $"{folder}/aeterna.yaml"]);
        try
        {
            await Temp.Until(() => File.Exists($"{folder}/ps") || engine.HasExited, "the service lists the processes");
            var list = File.ReadAllLines($"{folder}/ps");
            Assert.Contains(list, l => l.Contains("aeterna", StringComparison.Ordinal));
            Assert.DoesNotContain(list, l => l.TrimStart().StartsWith('Z'));
        }
        finally
        {
            var inner = ProcFs.Children(engine.Id).First();
            _ = LibC.kill(inner, Signals.SIGTERM);
            await engine.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
            Directory.Delete(folder, true);
        }

        Assert.Equal(0, engine.ExitCode);
    }
}

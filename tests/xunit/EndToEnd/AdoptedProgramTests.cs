using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>Programs with several processes are adopted, and what cannot be is refused before anything is done to it.</summary>
public sealed class AdoptedProgramTests : IDisposable
{
    private readonly string _folder = Temp.Folder();
    private readonly int _port = Ports.Next();
    private readonly List<int> _started = [];

    [RootFact]
    public async Task Nginx_fails_no_request_and_finishes_what_it_has_begun()
    {
        var master = await StartNginx();
        using var slow = new TcpClient();
        await slow.ConnectAsync("127.0.0.1", _port);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        await slow.GetStream().ReadExactlyAsync(new byte[1]); // Or it might be the new one that accepts it.
        using var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var stop = new CancellationTokenSource();
        var requests = Request(stop.Token);
        await using var engine = LiveEngine.Adopt(master, Yaml("soak_time: \"500ms\""), Temp.Folder());
        // More than the kernel keeps for a client that does not read: so it is there until it is read.
        await Temp.Until(() => ProcFs.Children(master).Any(p => ProcFs.CommandLine(p) is [var title, ..] && title.Contains("shutting down", StringComparison.Ordinal)), "the daemon is told to end");
        Assert.EndsWith(new string('x', 1000), await new StreamReader(slow.GetStream()).ReadToEndAsync(), StringComparison.Ordinal);
        var status = await engine.Until(s => s.FsmState == FsmState.Running, "the new one serves");
        await stop.CancelAsync();
        var (answered, failures) = await requests;
        Assert.NotEqual(0, answered);
        Assert.Empty(failures);

        var record = (await engine.Records())[^1];
        Assert.Equal(("adopt", Verdict.Succeeded, "split", master), (record.Kind, record.Verdict, record.Traffic, record.OldPid));
        Assert.True(record.Adoption is { Kept: >= 1, Closed: 0 }, $"{record.Adoption}");
        Assert.False(ProcFs.Runs(master));
        Assert.Equal(2, status.Generation);
        // nginx removes the name of its unix socket when it ends; this one is the next one's by now.
        await unix.ConnectAsync(new UnixDomainSocketEndPoint($"{_folder}/sock"));
        unix.Close(); // nginx would wait for what it says.
        Assert.DoesNotContain(File.ReadLines("/proc/self/mountinfo"), line => line.Contains(_folder, StringComparison.Ordinal));
    }

    [RootFact]
    public async Task A_bad_nginx_is_rolled_back_and_the_daemon_serves_on()
    {
        var master = await StartNginx();
        using var stop = new CancellationTokenSource();
        var requests = Request(stop.Token);
        await using var engine = LiveEngine.Adopt(master, Yaml("soak_time: \"10s\", health_check: { command: [\"/bin/false\"], interval: \"300ms\", failure_threshold: 1 }"), Temp.Folder());
        Assert.Equal(ExitCode.RolledBack, await engine.Ended());
        using var client = new HttpClient();
        Assert.Equal("here\n", await client.GetStringAsync(new Uri($"http://127.0.0.1:{_port}/")));
        await stop.CancelAsync();
        Assert.Empty((await requests).Failures);
        Assert.True(ProcFs.Runs(master));
        Assert.Equal($"{master}", File.ReadAllText($"{_folder}/nginx.pid").Trim());
    }

    [RootFact]
    public async Task What_cannot_be_adopted_is_refused_with_the_reason_and_the_remedy()
    {
        var master = await StartNginx();
        var worker = ProcFs.Children(master).First();
        await Refused(worker, $"its parent {master} runs the same program, so it is not the main process (--pid {master})");
        await Refused(int.MaxValue, "there is no such process");
        await Refused(Environment.ProcessId, "the engine itself runs below it (start the engine from elsewhere)");
        await Refused(Start("/bin/sleep", "1000"), "it runs /usr/bin/sleep, and service.command /usr/sbin/nginx");
        await Refused(Start("/usr/bin/unshare", "-n", "/bin/sleep", "1001"), "it lives in another network namespace than the engine");
        await Refused(Start("/bin/sleep", "1002"), "it has no socket at which clients reach it", "/bin/sleep");
        _ = LibC.kill(master, 19); // SIGSTOP
        await Temp.Until(() => ProcFs.Stat(master) is { State: 'T' }, "it is stopped");
        await Refused(master, $"it is stopped (let it go on first: kill -CONT {master})");
        _ = LibC.kill(master, 18); // SIGCONT
        await using var engine = await LiveEngine.Start(Yaml("soak_time: \"1s\"").Replace("nginx.conf", "other.conf", StringComparison.Ordinal), Temp.Folder());
        await Refused((await engine.Status()).CurrentPid, "it runs under an engine already (aeterna status)");
        Assert.True(ProcFs.Runs(master));
    }

    public void Dispose()
    {
        foreach (var pid in _started)
        {
            _ = LibC.kill(-pid, 9);
            _ = LibC.kill(pid, 9);
        }

        Directory.Delete(_folder, true);
    }

    private async Task Refused(int pid, string why, string program = "/usr/sbin/nginx")
    {
        await using var engine = LiveEngine.Adopt(pid, Yaml("soak_time: \"1s\"").Replace("/usr/sbin/nginx", program, StringComparison.Ordinal), Temp.Folder());
        Assert.Equal(ExitCode.Failed, await engine.Ended());
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"cannot adopt pid {pid} as {engine.Name}: {why}"), engine.Log, StringComparison.Ordinal);
    }

    private string Yaml(string canary) => $$"""
        version: "v1"
        service: { name: "NAME", command: ["/usr/sbin/nginx", "-c", "{{_folder}}/nginx.conf", "-e", "{{_folder}}/error.log"] }
        orchestration: { pre_flight: [], canary: { {{canary}} }, drain: { timeout: "30s" } }
        """;

    /// <summary>By the command line of its unit (Type=forking), on files of its own.</summary>
    private async Task<int> StartNginx()
    {
        File.SetUnixFileMode(_folder, (UnixFileMode)1023);
        File.WriteAllText($"{_folder}/big", new string('x', 64_000_000));
        foreach (var (name, port, sock) in new[] { ("nginx", _port, "sock"), ("other", Ports.Next(), "other.sock") })
        {
            File.WriteAllText($"{_folder}/{name}.conf", $$"""
                worker_processes 2;
                error_log {{_folder}}/error.log;
                {{(name == "nginx" ? "" : "daemon off;")}}
                events {}
                http {
                  access_log off;
                  client_body_temp_path {{_folder}}/body; proxy_temp_path {{_folder}}/proxy; fastcgi_temp_path {{_folder}}/fastcgi;
                  uwsgi_temp_path {{_folder}}/uwsgi; scgi_temp_path {{_folder}}/scgi;
                  server {
                    listen 127.0.0.1:{{port}}; listen unix:{{_folder}}/{{sock}};
                    location / { return 200 "here\n"; }
                    location /slow { alias {{_folder}}/big; }
                  }
                }
                """);
        }

        Shell.Output("/usr/sbin/nginx", "-c", $"{_folder}/nginx.conf", "-e", $"{_folder}/error.log", "-g", $"daemon on; master_process on; pid {_folder}/nginx.pid;");
        await Temp.Until(() => File.Exists($"{_folder}/nginx.pid") && File.ReadAllText($"{_folder}/nginx.pid").EndsWith('\n'), "nginx runs");
        var master = int.Parse(File.ReadAllText($"{_folder}/nginx.pid"), CultureInfo.InvariantCulture);
        _started.Add(master);
        await Temp.Until(() => ProcFs.Children(master).Count() == 2, "its workers run");
        return master;
    }

    private int Start(params string[] command)
    {
        var process = Process.Start(command[0], command.Skip(1));
        _started.Add(process.Id);
        SpinWait.SpinUntil(() => ProcFs.CommandLine(process.Id) is [_, ..] words && words[^1] == command[^1] && words[0].EndsWith("sleep", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        return process.Id;
    }

    private async Task<(int Answered, IReadOnlyList<string> Failures)> Request(CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero });
        var (answered, failures) = (0, new List<string>());
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Assert.Equal("here\n", await client.GetStringAsync(new Uri($"http://127.0.0.1:{_port}/"), CancellationToken.None));
                answered++;
            }
            catch (HttpRequestException e)
            {
                failures.Add(e.ToString());
            }
        }

        return (answered, failures);
    }
}

using System.Diagnostics;
using Aeterna.Configuration.Profiles;
using Aeterna.Configuration.Profiles.Rsyslog;
using Aeterna.Load;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>What the profiles do to a command line is right for the programs themselves.</summary>
public sealed class RealProgramTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("aeterna-profile-");
    private readonly List<Process> _started = [];

    public void Dispose()
    {
        // One that went to the background after all is found by its pid file.
        foreach (var pid in _directory.EnumerateFiles("*.pid").Select(file => File.ReadAllText(file.FullName).Trim()))
        {
            using var kill = Process.Start("kill", [pid]);
            kill.WaitForExit(_patience);
        }

        foreach (var process in _started)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(_patience);
            process.Dispose();
        }

        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Two_rsyslogds_with_one_configuration_run_side_by_side()
    {
        var configuration = Write("r.conf", $$"""
            global(processInternalMessages="on")
            set $!out = "{{_directory.FullName}}/out-" & getenv("AETERNA_GENERATION");
            template(name="out" type="string" string="%$!out%")
            action(type="omfile" dynaFile="out")
            """);
        string[] command = ["/usr/sbin/rsyslogd", "-f", configuration];
        await Succeeds(RsyslogProfile.Profile.DefaultPreFlight!(command)!.Command);
        for (var generation = 1; generation <= 2; generation++)
        {
            Start(RsyslogProfile.Profile.AdaptCommand!(command, _directory.FullName), generation);
            await Until(() => File.Exists(Path.Combine(_directory.FullName, $"out-{generation}")));
        }

        Assert.All(_started, process => Assert.False(process.HasExited));
    }

    [Fact]
    public async Task Rsyslogds_dry_run_refuses_a_bad_configuration()
    {
        var configuration = Write("r.conf", "module(load=\"nonsense\")\n");
        await Fails(RsyslogProfile.Profile.DefaultPreFlight!(["/usr/sbin/rsyslogd", "-n", "-f", configuration])!.Command, "nonsense");
    }

    [Theory]
    [InlineData("")]
    [InlineData("pid {0}/own.pid;")]
    [InlineData("daemon off;")]
    [InlineData("daemon off; pid {0}/own.pid;")]
    public async Task Nginx_stays_in_the_foreground_whatever_its_configuration_says(string directives)
    {
        var port = Ports.Next();
        var configuration = Write("nginx.conf", directives.Replace("{0}", _directory.FullName, StringComparison.Ordinal) + $$"""

            error_log stderr;
            events {}
            http { access_log off; server { listen 127.0.0.1:{{port}}; return 200 "ok"; } }
            """);
        string[] command = ["/usr/sbin/nginx", "-c", configuration, "-e", "stderr"];
        await Succeeds(NginxProfile.Profile.DefaultPreFlight!(command)!.Command);
        var nginx = Start(NginxProfile.Profile.AdaptCommand!(command, _directory.FullName), 1);
        var pidFile = Path.Combine(_directory.FullName, directives.Contains("pid", StringComparison.Ordinal) ? "own.pid" : "nginx.pid");
        await Until(() => File.Exists(pidFile) && File.ReadAllText(pidFile).Trim() == $"{nginx.Id}");
        using var client = new HttpClient();
        Assert.Equal("ok", await client.GetStringAsync($"http://127.0.0.1:{port}/"));
        Assert.False(nginx.HasExited);

        using var quit = Process.Start("kill", [$"-{NginxProfile.Profile.DrainSignal}", $"{nginx.Id}"]);
        await nginx.WaitForExitAsync(new CancellationTokenSource(_patience).Token);
        Assert.Equal(0, nginx.ExitCode);
    }

    [Fact]
    public async Task Nginx_says_itself_where_a_daemon_on_is_in_the_way()
    {
        var configuration = Write("nginx.conf", "events {}\ndaemon on;\n");
        var check = NginxProfile.Profile.DefaultPreFlight!(["/usr/sbin/nginx", "-c", configuration, "-e", "stderr"])!.Command;
        await Fails(check, $"\"daemon\" directive is duplicate in {configuration}:2");
    }

    [Theory]
    [InlineData("")]
    [InlineData("daemon")]
    public async Task Haproxy_stays_in_the_foreground_whatever_its_configuration_says(string global)
    {
        var port = Ports.Next();
        var configuration = Write("h.cfg", $"""
            global
              {global}
            defaults
              mode http
              timeout client 5s
              timeout server 5s
              timeout connect 5s
            frontend f
              bind 127.0.0.1:{port}
              http-request return status 200 content-type text/plain string ok

            """);
        string[] command = ["/usr/sbin/haproxy", "-D", "-f", configuration];
        await Succeeds(HaproxyProfile.Profile.DefaultPreFlight!(command)!.Command);
        var haproxy = Start(HaproxyProfile.Profile.AdaptCommand!(command, _directory.FullName), 1);
        using var client = new HttpClient();
        await Until(() => Answers(client, port));
        Assert.False(haproxy.HasExited);

        using var quit = Process.Start("kill", [$"-{HaproxyProfile.Profile.DrainSignal}", $"{haproxy.Id}"]);
        await haproxy.WaitForExitAsync(new CancellationTokenSource(_patience).Token);
        Assert.Equal(0, haproxy.ExitCode);
    }

    private static bool Answers(HttpClient client, int port)
    {
        try
        {
            return client.GetStringAsync($"http://127.0.0.1:{port}/").GetAwaiter().GetResult() == "ok";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task Until(Func<bool> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < _patience, "waited in vain");
            Assert.All(_started, process => Assert.False(process.HasExited, "the program has ended"));
            await Task.Delay(10);
        }
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private Process Start(IReadOnlyList<string> command, int generation)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1));
        start.Environment["AETERNA_GENERATION"] = $"{generation}";
        _started.Add(Process.Start(start)!);
        return _started[^1];
    }

    private static async Task Succeeds(IReadOnlyList<string> command)
    {
        var (code, output) = await Run(command);
        Assert.True(code == 0, output);
    }

    private static async Task Fails(IReadOnlyList<string> command, string why)
    {
        var (code, output) = await Run(command);
        Assert.NotEqual(0, code);
        Assert.Contains(why, output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> Run(IReadOnlyList<string> command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardError = true })!;
        var output = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}

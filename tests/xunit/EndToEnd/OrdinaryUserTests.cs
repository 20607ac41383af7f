using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>The engine without privileges: no_new_privs, high ports, its files under $XDG_RUNTIME_DIR.</summary>
public class OrdinaryUserTests
{
    [RootFact]
    public async Task An_ordinary_user_runs_and_reloads_a_service()
    {
        var folder = Temp.Folder();
        try
        {
            var (port, program) = (Ports.Next(), Copy(folder));
            File.WriteAllText($"{folder}/server.py", $$"""
                import os, socket
                assert os.getuid() == 65534
                status = open('/proc/self/status').read()
                assert 'NoNewPrivs:\t1' in status
                assert not any(n.startswith('DOTNET_EnableDiagnostics') or n == 'AETERNA_OWN_DIAGNOSTICS' for n in os.environ)
                s = socket.socket(); s.bind(('127.0.0.1', {{port}})); s.listen()
                while True:
                    c, _ = s.accept(); c.sendall(os.environ['AETERNA_GENERATION'].encode()); c.close()
                """);
            File.WriteAllText($"{folder}/aeterna.yaml", $$"""
                version: "v1"
                service: { name: "mine", command: ["/usr/bin/python3", "-S", "{{folder}}/server.py"] }
                orchestration: { canary: { soak_time: "200ms" } }
                observability: { metrics_port: "off" }
                """);
            Shell.Output("chown", "-R", "nobody:nogroup", folder);

            // What an engine of root's with the same name has left is not this user's to sweep, and no obstacle.
            using var left = Process.Start("/bin/sleep", "1000");
            List<Cgroup?> groups = [Cgroup.TryCreate("aeterna-mine"), Cgroup.TryCreate("aeterna-mine/1"), Cgroup.TryCreate("aeterna-0-mine"), Cgroup.TryCreate("aeterna-0-mine/1")];
            groups[1]?.Add(left.Id);
            Assert.Equal((0, ""), As(folder, program, "start", "-c", $"{folder}/aeterna.yaml", "--detach"));
            try
            {
                var engine = int.Parse(Shell.Output("cat", $"{folder}/run/aeterna/mine/engine.pid"), System.Globalization.CultureInfo.InvariantCulture);
                Assert.Contains("DOTNET_EnableDiagnostics=0", ProcFs.Environ(engine));

                // With the process's start: a runtime that was killed has left one under the same number.
                Assert.Empty(Directory.GetFiles("/tmp", $"dotnet-diagnostic-{engine}-{ProcFs.Stat(engine)!.Value.StartTicks}-*"));
                Assert.False(left.HasExited);
                Assert.DoesNotContain("what a dead engine left", File.ReadAllText($"{folder}/run/aeterna/mine/engine.log"), StringComparison.Ordinal);
                Assert.True(Directory.Exists($"{folder}/run/aeterna/mine"));
                Assert.Equal("1", await Ask(port));
                Assert.Equal((0, ""), As(folder, program, "reload", "--wait"));
                Assert.Equal("2", await Ask(port));
            }
            finally
            {
                Assert.Equal((0, ""), As(folder, program, "stop"));
                left.Kill();
                left.WaitForExit();
                groups.Reverse();
                groups.ForEach(g => g?.TryRemove());
            }

            await Temp.Until(
                () => !ProcFs.Processes().Any(p => ProcFs.Environ(p).Contains($"XDG_RUNTIME_DIR={folder}/run")), "no process of the engine is left");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [RootFact]
    public async Task Who_forgets_sudo_is_told_so()
    {
        await using var engine = await LiveEngine.Start("""
            version: "v1"
            service: { name: "NAME", command: ["/bin/sleep", "1000"] }
            """);
        var folder = Temp.Folder();
        try
        {
            var program = Copy(folder);
            Shell.Output("chown", "-R", "nobody:nogroup", folder);
            Assert.Equal((1, "cannot find the service: permission denied, what runs here is root's (use sudo)\n"), As(folder, program, "status"));
            Assert.Equal(
                (1, $"cannot reload {engine.Name}: permission denied, what runs here is root's (use sudo)\n"), As(folder, program, "reload", "-n", engine.Name));
            Assert.Equal(
                (5, "cannot reload nobodys: no engine is running there (aeterna start -c FILE starts one)\n"), As(folder, program, "reload", "-n", "nobodys"));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    /// <summary>The program where another user may read it: the one file that ships, or the test build with all that it loads.</summary>
    private static string Copy(string folder)
    {
        var target = Directory.CreateDirectory($"{folder}/program").FullName;
        Directory.CreateDirectory($"{folder}/run");
        var own = Path.GetDirectoryName(LiveEngine.Program) + "/" == AppContext.BaseDirectory;
        Shell.Output("cp", "-R", own ? AppContext.BaseDirectory + "/." : LiveEngine.Program, target);
        return Path.Combine(target, "aeterna");
    }

    private static (int Code, string Error) As(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment["XDG_RUNTIME_DIR"] = $"{folder}/run";
        start.Environment["XDG_STATE_HOME"] = $"{folder}/state";
        start.Environment["HOME"] = folder;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error.Result);
    }

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

using System.Globalization;

using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Security;

/// <summary>The capabilities of an engine of root's: which it keeps, and with which it gets along.</summary>
public class EngineRightsTests
{
    private const string Server = """
        import os, socket, sys
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen()
        while True:
            c, _ = s.accept(); c.sendall(os.environ['AETERNA_GENERATION'].encode()); c.close()
        """;

    [RootFact]
    public async Task What_it_does_not_need_it_gives_up_and_a_service_of_roots_has_all_the_same()
    {
        await using var engine = await LiveEngine.Start(
            "version: \"v1\"\nservice: { name: \"NAME\", command: [\"/bin/sleep\", \"1000\"] }\nobservability: { metrics_port: \"off\" }\n");
        var bounding = Mask((await engine.Status()).CurrentPid, "CapBnd");
        Assert.Equal(bounding, Mask((await engine.Status()).CurrentPid, "CapEff"));
        Assert.NotEqual(0ul, bounding & ~EngineRights.Needed);

        // Threads that the runtime starts before any code of ours have kept theirs; they run none of ours.
        var threads = ProcFs.Threads(engine.Pid).Where(t => !ProcFs.StatusField(t, "Name")!.StartsWith(".NET", StringComparison.Ordinal)
            || ProcFs.StatusField(t, "Name")!.StartsWith(".NET TP", StringComparison.Ordinal)).ToList();
        Assert.Contains(threads, t => ProcFs.StatusField(t, "Name")!.StartsWith("broker", StringComparison.Ordinal));
        Assert.All(threads, t => Assert.Equal(0ul, Mask(t, "CapPrm") & ~EngineRights.Needed));
    }

    [RootTheory]
    [InlineData("nobody", "-all,+chown,+dac_override,+kill,+setgid,+setuid,+sys_ptrace")]
    [InlineData(null, "-all")]
    public async Task It_serves_and_reloads_with_the_sets_that_are_listed(string? user, string capabilities)
    {
        var folder = Temp.Folder();
        try
        {
            var (name, port) = (LiveEngine.NewName(), Ports.Next());
            File.SetUnixFileMode(folder, (UnixFileMode)0x1ED);
            File.WriteAllText($"{folder}/server.py", Server);
            File.WriteAllText($"{folder}/aeterna.yaml", $$"""
                version: "v1"
                service: { name: "{{name}}", command: ["/usr/bin/python3", "-S", "{{folder}}/server.py", "{{port}}"]{{(user is null ? "" : $", user: {user}")}} }
                orchestration: { canary: { soak_time: "200ms" } }
                observability: { metrics_port: "off" }
                history: { directory: "{{folder}}/history" }
                """);
            var started = Shell.Run("setpriv", $"--bounding-set={capabilities}", "--inh-caps=-all", LiveEngine.Program, "start", "-c", $"{folder}/aeterna.yaml", "--detach");
            Assert.True(started.Code == 0, started.Error);
            try
            {
                Assert.Equal("1", await Ask(port));
                var reloaded = Shell.Run(LiveEngine.Program, "reload", "-n", name, "--wait");
                Assert.True(reloaded.Code == 0, reloaded.Error + reloaded.Output);
                Assert.Equal("2", await Ask(port));
            }
            finally
            {
                var stopped = Shell.Run(LiveEngine.Program, "stop", "-n", name);
                Assert.True(stopped.Code == 0, stopped.Error);
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static ulong Mask(int tid, string field) => ulong.Parse(ProcFs.StatusField(tid, field)!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static async Task<string> Ask(int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(System.Net.IPAddress.Loopback, port, limit.Token);
        var buffer = new byte[10];
        return System.Text.Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer, limit.Token));
    }
}

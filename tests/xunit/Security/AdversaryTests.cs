using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;

using Xunit;
using Xunit.Abstractions;

namespace Aeterna.Tests.Security;

/// <summary>The <see cref="Adversary"/> as the service of a real engine of root's, through its start, reloads and end.</summary>
public class AdversaryTests(ITestOutputHelper output)
{
    private const int Reloads = 5;

    /// <summary>What the kernel alone would answer, or the engine has to.</summary>
    private static readonly (string Attempt, string Answer)[] _answers =
    [
        ("links", "done"), ("dots behind a link", "done"), ("a folder that is exchanged", "done"),
        ("a low port", "EACCES"), ("a low port, by a user namespace", "EACCES"), ("a low port in a network of its own", "done"),
        ("in a folder of roots", "EACCES"), ("by a link to it", "EACCES"), ("in a folder of roots group", "EACCES"), ("by proc", "EACCES"),
        ("removes", "EACCES"), ("removes by a link", "EACCES"), ("moves away", "EACCES"), ("moves there", "ENOENT"),
        ("ends the engine", "EPERM"), ("reads the engine", "EACCES"), ("its descriptors", "EACCES"), ("the control socket", "EACCES"),
        ("stop", "403"), ("reload", "403"), ("rollback", "403"), ("signal", "403"), ("status", "200"),
        ("groups", "[65534]"), ("a set-user-ID program", "65534"), ("idle connections", "done"), ("sockets without end", "300"),
        .. new[] { "connection", "listener" }.SelectMany(on => new[] { "transparent", "repair", "congestion", "tables", "mark", "buffer" }.Select(o => ($"{o} on the {on}", "EPERM"))),
    ];

    [RootFact]
    public async Task A_service_that_tries_everything_gets_the_right_answers_and_nothing_else()
    {
        var (port, metrics, folder) = (Ports.Next(), Ports.Next(), Temp.Folder());
        var victim = Victim(folder);
        Shell.Output("chown", $"{Attacker.User}:{Attacker.User}", Directory.CreateDirectory($"{folder}/home").FullName);
        File.WriteAllText($"{folder}/adversary.py", Adversary.Program);
        File.WriteAllText($"{folder}/honest.py", "import socket, sys\ns = socket.create_server(('127.0.0.1', int(sys.argv[1])))\nwhile True:\n    c, _ = s.accept(); c.recv(100); c.sendall(b'honest'); c.close()\n");

        // With few descriptors, so that the bound is near.
        await using var engine = LiveEngine.LaunchUnder(
            ["setpriv", "--bounding-set=-sys_resource", "prlimit", "--nofile=1024:1024"], Yaml("adversary.py", port, metrics, folder), folder);
        await engine.Until(s => s.FsmState == FsmState.Running, "the first generation serves");
        for (var i = 0; i <= Reloads; i++)
        {
            if (i > 0)
            {
                var reload = await engine.Reload(force: true);
                Assert.True(reload.Verdict == Verdict.Succeeded, $"{reload.Message}\n{engine.Log}");
            }

            Judge(JsonDocument.Parse(await Ask(port)).RootElement);
            Assert.Equal(409, await RootSignals(metrics));
            Unharmed(victim);
            var said = (await engine.Status()).Generations[^1].NotifyStatus;
            Assert.True(said is null || (said.Length < 400 && said.All(IsPlain)), said); // 256, and what is written for those that do not show.
        }

        var races = Directory.GetFiles($"{folder}/home", "races-*").Select(f => (File.ReadAllText(f), f)).Where(r => r.Item1.Length > 0)
            .GroupBy(r => r.f.Split('-')[^2]).Select(g => $"generation {g.Key}: {string.Join(", ", g.Select(r => r.Item1))}");
        output.WriteLine($"exchanged under the engine's hands: {string.Join("; ", races)}");

        engine.Configure(Yaml("honest.py", port, metrics, folder));
        var last = await engine.Reload(force: true);
        Assert.True(last.Verdict == Verdict.Succeeded, last.Message);
        Assert.Equal("honest", await Ask(port));
        Assert.Contains("has 256 sockets held by now", engine.Log, StringComparison.Ordinal);
        Assert.True(engine.Log.All(c => c is '\n' or '\r' || IsPlain(c)));

        Assert.Equal(202, (await engine.Ask(HttpMethod.Post, Routes.Stop)).Status);
        Assert.Equal(0, await engine.Ended());
        Unharmed(victim);
        Assert.DoesNotContain(ProcFs.Processes(), p => ProcFs.Environ(p).Any(e => e.Contains($"/run/aeterna/{engine.Name}/gen-", StringComparison.Ordinal)));
    }

    private static void Judge(JsonElement said)
    {
        foreach (var (attempt, answer) in _answers)
        {
            Assert.True(said.TryGetProperty(attempt, out var got) && got.ToString() == answer, $"{attempt}: {got} instead of {answer}");
        }
    }

    private static string Victim(string folder)
    {
        File.SetUnixFileMode(folder, (UnixFileMode)0x1ED);
        var victim = Directory.CreateDirectory($"{folder}/foreign").FullName;
        foreach (var name in new[] { "s", "file", "notify" })
        {
            File.WriteAllText($"{victim}/{name}", "precious");
            File.SetUnixFileMode($"{victim}/{name}", (UnixFileMode)0x180);
        }

        File.SetUnixFileMode(Directory.CreateDirectory($"{victim}/group").FullName, (UnixFileMode)0x1F8); // 0770
        File.Copy("/usr/bin/id", $"{victim}/id");
        File.SetUnixFileMode($"{victim}/id", (UnixFileMode)0x9ED); // 4755
        return victim;
    }

    private static void Unharmed(string victim)
    {
        Assert.Equal(["file", "group", "id", "notify", "s"], Directory.GetFileSystemEntries(victim).Select(f => Path.GetFileName(f)!).Order());
        Assert.Empty(Directory.GetFileSystemEntries($"{victim}/group"));
        foreach (var name in new[] { "s", "file", "notify" })
        {
            Assert.Equal("precious", File.ReadAllText($"{victim}/{name}"));
            Assert.Equal("0:0 600", Shell.Output("stat", "-c", "%u:%g %a", $"{victim}/{name}").Trim());
        }

        Assert.Equal("0:0 755", Shell.Output("stat", "-c", "%u:%g %a", victim).Trim());
    }

    private static bool IsPlain(char c) => !char.IsControl(c) && char.GetUnicodeCategory(c) is not UnicodeCategory.Format;

    private static string Yaml(string program, int port, int metrics, string folder) => string.Create(CultureInfo.InvariantCulture, $$"""
        version: "v1"
        service:
          name: "NAME"
          user: nobody
          profile: none
          command: ["/usr/bin/python3", "-S", "-u", "FOLDER/{{program}}", "{{(program == "honest.py" ? $"{port}" : $"{folder}/home")}}", "FOLDER/foreign", "{{port}}", "{{metrics}}", "/run/aeterna/NAME"]
          listeners: [ { name: in, address: "tcp://127.0.0.1:{{port}}", handoff: relay, framing: line } ]
        orchestration:
          canary: { soak_time: "100ms", traffic: split }
          drain: { timeout: "1s" }
          state_handoff: { enabled: true, socket_path: "FOLDER/home/state", timeout: "1s" }
        observability: { metrics_port: "127.0.0.1:{{metrics}}" }

        """);

    private static async Task<string> Ask(int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        await client.GetStream().WriteAsync("ask\n"u8.ToArray(), limit.Token);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync(limit.Token);
    }

    /// <summary>Root may, though the program does not catch that signal, and comes in by the door at which the adversary stands.</summary>
    private static async Task<int> RootSignals(int metrics)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync($"http://127.0.0.1:{metrics}{Routes.Signal}", new StringContent("{\"signal\":\"WINCH\"}", null, "application/json"));
        return (int)answer.StatusCode;
    }
}

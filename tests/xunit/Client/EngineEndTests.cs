using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aeterna.Cli;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Client;

public sealed class EngineEndTests : IDisposable
{
    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_engine_under_whatever_name_has_ended_when_its_process_has()
    {
        var link = Path.Combine(_folder, "renamed");
        File.CreateSymbolicLink(link, LiveEngine.Program);
        await using var engine = LiveEngine.LaunchUnder(
            ["/bin/sh", "-c", $"shift; exec {link} \"$@\"", "sh"], "version: v1\nservice: { name: NAME, command: [\"/bin/sleep\", \"1000\"] }\n");
        await engine.Until(s => s.FsmState == FsmState.Running, "the first generation serves");
        var path = RunFolder.Socket(RunFolder.Of(Environment.IsPrivilegedProcess, Environment.GetEnvironmentVariable), engine.Name);
        Assert.Equal(engine.Pid, UnixConnection.Listener(path));
        using var client = new ControlClient(CliTargets.OfSocket(path));
        var end = new EngineEnd(client, await client.Status(default));
        await end.Ask(now: false);
        await end.Wait(default).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(ProcFs.Runs(engine.Pid));
    }

    /// <summary>One that dies before it answers may not have noted what it was asked for.</summary>
    [Fact]
    public async Task Who_goes_on_with_a_kept_engine_is_asked_again()
    {
        var path = Path.Combine(_folder, "control.sock");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        string Status(int engine, string state = FsmState.Running) => JsonSerializer.Serialize(
            Samples.Status(state) with { EnginePid = engine, Keeper = new KeeperReport { Pid = 1 << 30, Ready = true } }, ContractJson.Default.StatusReport);
        var accepted = JsonSerializer.Serialize(new Accepted { Id = "a" }, ContractJson.Default.Accepted);
        var asked = Answer(socket, Status(7), null, Status(8, FsmState.Draining), Status(8, FsmState.Draining), Status(8), accepted, Status(8));
        using var client = new ControlClient(CliTargets.OfSocket(path));
        var end = new EngineEnd(client, await client.Status(default));
        await end.Ask(now: true);
        await end.Wait(default).Bounded();
        Assert.Equal(["GET /v1/status", "POST /v1/stop {\"now\":true}", "GET /v1/status", "GET /v1/status", "GET /v1/status", "POST /v1/stop {\"now\":true}", "GET /v1/status"], await asked.Bounded());
    }

    [Fact]
    public void Nobody_listens_where_nothing_is() => Assert.Null(UnixConnection.Listener(Path.Combine(_folder, "none")));

    // One answer for each request, in turn (null: none), and then nobody listens any more. What was asked.
    private static async Task<IReadOnlyList<string>> Answer(Socket socket, params string?[] answers)
    {
        List<string> asked = [];
        while (asked.Count < answers.Length)
        {
            using var client = await socket.AcceptAsync();
            if (await Request(client) is not { } request)
            {
                continue; // Who only looks whether somebody is there asks nothing.
            }

            asked.Add(request);
            if (answers[asked.Count - 1] is { } answer)
            {
                await client.SendAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {Encoding.UTF8.GetByteCount(answer)}\r\nConnection: close\r\n\r\n{answer}"));
            }
        }

        socket.Close();
        return asked;
    }

    private static async Task<string?> Request(Socket client)
    {
        const string Blank = "\r\n\r\n";
        var request = "";
        var buffer = new byte[4096];
        while (!request.Contains(Blank, StringComparison.Ordinal) || (request.StartsWith("POST", StringComparison.Ordinal) && !request.EndsWith('}')))
        {
            var got = await client.ReceiveAsync(buffer);
            if (got == 0)
            {
                return null;
            }

            request += Encoding.UTF8.GetString(buffer, 0, got);
        }

        return $"{request[..request.IndexOf(" HTTP", StringComparison.Ordinal)]} {request[(request.IndexOf(Blank, StringComparison.Ordinal) + Blank.Length)..]}".TrimEnd();
    }
}

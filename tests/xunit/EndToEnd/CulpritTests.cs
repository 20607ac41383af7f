using System.Net;
using System.Net.Sockets;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>Sentences name who is to blame, and what is waited for.</summary>
public sealed class CulpritTests
{
    private const string Yaml = """
        version: "v1"
        service:
          name: "NAME"
          command: ["/usr/bin/python3", "-S", "FOLDER/server.py"]
          listeners: [{ name: in, address: "tcp://127.0.0.1:PORT", handoff: shared }]
        orchestration: { startup: { timeout: 60s }, canary: { soak_time: 300ms } }
        """;

    private const string Server = PythonSignals.EndOnTerm + """
        import socket, time
        while os.path.exists('FOLDER/hold-' + os.environ['AETERNA_GENERATION']): time.sleep(0.01)
        s = socket.socket(); s.bind(('127.0.0.1', PORT)); s.listen()
        while True: time.sleep(1)
        """;

    [RootFact]
    public async Task Who_has_the_port_that_a_service_needs()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var (folder, port) = Make(((IPEndPoint)other.LocalEndPoint!).Port);
        await using var engine = LiveEngine.Launch(Yaml.Replace("PORT", $"{port}", StringComparison.Ordinal), folder);

        Assert.Equal(ExitCode.Failed, await engine.Ended());

        Assert.Contains($"could not bind tcp://127.0.0.1:{port}: the address is in use by pid {Environment.ProcessId} (", engine.Log, StringComparison.Ordinal);
        var check = Shell.Run(LiveEngine.Program, "check", Path.Combine(folder, "aeterna.yaml"));
        Assert.Equal(ExitCode.Done, check.Code);
        Assert.Contains($":5:27: warning: service.listeners[0].address: pid {Environment.ProcessId} (", check.Output, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task What_a_start_waits_for_and_whose_reload_is_in_the_way()
    {
        var (folder, port) = Make(Ports.Next());
        await using var engine = await LiveEngine.Start(Yaml.Replace("PORT", $"{port}", StringComparison.Ordinal), folder);

        // Its own engine has the port: that is nobody else.
        Assert.EndsWith(": good\n", Shell.Output(LiveEngine.Program, "check", Path.Combine(folder, "aeterna.yaml")), StringComparison.Ordinal);

        File.WriteAllText($"{folder}/hold-2", "");
        var id = await engine.BeginReload();
        var status = await engine.Until(s => s.Generations.Any(g => g.Lacks is not null), "what is waited for is said");
        Assert.Equal([null, $"tcp://127.0.0.1:{port} is not bound"], status.Generations.Select(g => g.Lacks));
        Assert.Contains(
            $"\ngeneration 2 (pid {status.CandidatePid}) is not ready yet: tcp://127.0.0.1:{port} is not bound\n",
            Shell.Output(LiveEngine.Program, "status", engine.Name), StringComparison.Ordinal);

        var busy = Shell.Run(LiveEngine.Program, "reload", engine.Name);
        Assert.Equal(ExitCode.Busy, busy.Code);
        Assert.Matches($@"^cannot reload: a reload is under way: {id}, asked for by uid 0 \(root\) pid {Environment.ProcessId} \S+ ago \(aeterna watch {engine.Name} shows it; ", busy.Error);
        File.Delete($"{folder}/hold-2");
        var record = await engine.Finished(id);
        Assert.True(record.Verdict == Verdict.Succeeded, record.Message);
        Assert.DoesNotContain((await engine.Status()).Generations, g => g.Lacks is not null);
    }

    [RootFact]
    public void A_script_that_does_not_exist_is_found()
    {
        var folder = Temp.Folder();
        var file = Path.Combine(folder, "a.yaml");
        File.WriteAllText(file, $"version: \"v1\"\nservice: {{ name: a, command: [/usr/bin/python3, {folder}/nothing.py], profile: none }}\n");

        Assert.Contains($"a.yaml:2:21: warning: service.command: /usr/bin/python3 is to run {folder}/nothing.py: there is no such file", Shell.Output(LiveEngine.Program, "check", file), StringComparison.Ordinal);
        Directory.Delete(folder, true);
    }

    private static (string Folder, int Port) Make(int port)
    {
        var folder = Temp.Folder();
        File.WriteAllText(
            Path.Combine(folder, "server.py"),
            Server.Replace("PORT", $"{port}", StringComparison.Ordinal).Replace("FOLDER", folder, StringComparison.Ordinal));
        return (folder, port);
    }
}

using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>The status says which process has which share of the traffic while a candidate soaks.</summary>
public sealed class ShareShownTests
{
    private const string Server = PythonSignals.EndOnTerm + """
        import socket
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', PORT)); s.listen()
        while True:
            c, _ = s.accept(); c.close()
        """;

    [Theory]
    [InlineData("exclusive", 0, 100)]
    [InlineData("split, weight: 30%", 70, 30)]
    public async Task Of_a_soak(string traffic, int old, int candidate)
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText(Path.Combine(folder, "server.py"), Server.Replace("PORT", $"{port}", StringComparison.Ordinal));
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service:
              name: "NAME"
              command: ["/usr/bin/python3", "-S", "FOLDER/server.py"]
              listeners: [{ name: in, address: "tcp://127.0.0.1:{{port}}", handoff: relay, framing: line }]
            orchestration: { canary: { soak_time: 60s, traffic: {{traffic}} } }
            """, folder);
        var before = await engine.Status();
        Assert.Equal([100], before.Generations.Select(g => g.TrafficPercent));

        var id = await engine.BeginReload();
        var status = await engine.Until(
            s => s is { FsmState: FsmState.Soaking, Generations: [_, { TrafficPercent: > 0 }] }, "the candidate soaks on its share");

        Assert.Equal([old, candidate], status.Generations.Select(g => g.TrafficPercent));
        var screen = Shell.Output(LiveEngine.Program, "status", engine.Name);
        Assert.Contains($"  pid {before.CurrentPid}  traffic {candidate}% pid {status.CandidatePid}  ", screen.Split('\n')[0], StringComparison.Ordinal);
        Assert.Matches($@"(?m)^2 +candidate +{candidate}% +{status.CandidatePid} ", screen);
        Assert.Equal(202, (await engine.Ask(HttpMethod.Post, Routes.Rollback)).Status);
        Assert.Equal(Verdict.RolledBack, (await engine.Finished(id)).Verdict);
    }
}

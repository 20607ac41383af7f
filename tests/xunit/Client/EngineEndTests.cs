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

    [Fact]
    public void Nobody_listens_where_nothing_is() => Assert.Null(UnixConnection.Listener(Path.Combine(_folder, "none")));
}

using System.Diagnostics;
using Aeterna.Cli;
using Aeterna.Contract;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

public sealed class LogsVerbTests : IDisposable
{
    private readonly CliRig _cli = new();

    public void Dispose() => _cli.Dispose();

    [RootFact]
    public async Task The_log_of_an_engine_in_the_background_is_shown_followed_and_left()
    {
        var (name, file) = (LiveEngine.NewName(), _cli.Scratch["a.yaml"]);
        File.WriteAllText(file, $$"""
            version: "v1"
            service: { name: "{{name}}", command: ["/bin/sh", "-c", "echo it says this; exec sleep 1000"], profile: none }
            orchestration: { startup: { ready: delay }, canary: { soak_time: 300ms } }
            observability: { metrics_port: "off" }
            history: { directory: "{{_cli.Scratch["history"]}}" }
            """);
        Shell.Output(LiveEngine.Program, "start", file, "--detach");
        using var follow = Process.Start(new ProcessStartInfo(LiveEngine.Program, ["logs", name, "-f"]) { RedirectStandardOutput = true })!;
        try
        {
            await Until(follow, "it says this");
            Assert.Equal(ExitCode.Done, Shell.Run(LiveEngine.Program, "reload", name, "--wait").Code);
            await Until(follow, "generation 2");
            Assert.Single(Shell.Output(LiveEngine.Program, "logs", name, "--lines", "1").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            Shell.Output(LiveEngine.Program, "stop", name);
            EngineProcess.Signal(follow.Id, "INT");
        }

        await follow.WaitForExitAsync();
        Assert.Equal(0, follow.ExitCode);
        var left = Shell.Run(LiveEngine.Program, "logs", name);
        Assert.Contains("it says this", left.Output, StringComparison.Ordinal);
        Assert.Equal($"no engine of {name} is running: this is what the last one with --detach has logged to /run/aeterna/{name}/engine.log\n", left.Error);
    }

    [RootFact]
    public async Task An_engine_that_logs_elsewhere_says_where()
    {
        await using var engine = await LiveEngine.Start("""
            version: "v1"
            service: { name: "NAME", command: ["/bin/sleep", "1000"], profile: none }
            orchestration: { startup: { ready: delay } }
            """);

        var result = Shell.Run(LiveEngine.Program, "logs", engine.Name);

        Assert.Equal(
            (ExitCode.Failed, $"cannot read the log of {engine.Name}: its engine (pid {engine.Pid}) logs to its stderr, a pipe (look where its reader writes to)\n"),
            (result.Code, result.Error));
        Assert.StartsWith("cannot read the log of nobody: no engine is running there, and none has left ", Shell.Run(LiveEngine.Program, "logs", "nobody").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20_000)]
    [InlineData(30_001)]
    public void The_last_lines_are_whole_lines(int count)
    {
        var lines = Enumerable.Range(0, 30_000).Select(i => $"line {i} é").ToArray();
        File.WriteAllText(_cli.Scratch["log"], string.Join('\n', lines) + "\nhalf of on");
        using var log = new LogReader(_cli.Scratch["log"]);

        Assert.Equal(lines.TakeLast(count), log.Last(count));
    }

    [Fact]
    public async Task What_follows_is_read_through_a_change_of_the_file_and_its_being_emptied()
    {
        var path = _cli.Scratch["log"];
        File.WriteAllText(path, "one\ntw");
        using var log = new LogReader(path);
        Assert.Equal(["one"], log.Last(10));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var follow = log.Follow(limit.Token).GetAsyncEnumerator();

        File.AppendAllText(path, "o\nthree\n");
        Assert.Equal("two", await Next(follow));
        Assert.Equal("three", await Next(follow));
        File.AppendAllText(path, "last of the old\n");
        File.Move(path, path + ".1");
        File.WriteAllText(path, "first of the new\n");
        Assert.Equal("last of the old", await Next(follow));
        Assert.Equal("first of the new", await Next(follow));
        File.WriteAllText(path, "again\n");
        Assert.Equal("again", await Next(follow));
    }

    private static async Task<string> Next(IAsyncEnumerator<string> lines) => await lines.MoveNextAsync() ? lines.Current : "it ended";

    private static async Task Until(Process process, string said)
    {
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line)
        {
            if (line.Contains(said, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"in vain: {said}");
    }
}

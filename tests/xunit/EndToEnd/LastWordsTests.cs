using Aeterna.Contract;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>What a pre-flight command or a new process said last is in the record of the failure, and on the screen.</summary>
public sealed class LastWordsTests
{
    private const string Good = """
        version: "v1"
        service: { name: "NAME", command: ["/bin/sleep", "1000"], profile: none }
        orchestration: { startup: { ready: delay }, canary: { soak_time: 0s } }
        """;

    [RootFact]
    public async Task Of_a_pre_flight_command_that_blocks()
    {
        await using var engine = await LiveEngine.Start(Good);
        engine.Configure(Good.Replace(
            "orchestration: {", "orchestration: { pre_flight: [{ name: lint, command: [/bin/sh, -c, 'for i in $(seq 12); do echo \"line $i\"; done; exit 3'] }],", StringComparison.Ordinal));

        var (code, _, error) = Shell.Run(LiveEngine.Program, "reload", engine.Name, "--wait");

        var expected = Enumerable.Range(3, 10).Select(i => $"line {i}").ToArray();
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains(": blocked in ", error, StringComparison.Ordinal);
        Assert.EndsWith(string.Concat(expected.Select(line => $"    {line}\n")), error, StringComparison.Ordinal);
        var record = (await engine.Records())[0];
        Assert.Equal(expected, record.Output);
        Assert.EndsWith($"\nLAST OUTPUT\n{string.Join('\n', expected)}\n", Shell.Output(LiveEngine.Program, "history", record.Id), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Of_a_new_process_that_dies()
    {
        await using var engine = await LiveEngine.Start(Good);
        engine.Configure(Good.Replace("[\"/bin/sleep\", \"1000\"]", "[/bin/sh, -c, 'echo one; echo two >&2; echo three; exit 1']", StringComparison.Ordinal)
            .Replace("soak_time: 0s", "soak_time: 60s", StringComparison.Ordinal));

        var record = await engine.Reload();

        Assert.Equal(Verdict.RolledBack, record.Verdict);
        Assert.Equal(["one", "three", "two"], record.Output.Order());
        engine.Configure(Good);
        Assert.Equal([], (await engine.Reload()).Output);
    }
}

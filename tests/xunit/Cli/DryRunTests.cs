using Aeterna.Contract;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

/// <summary><c>aeterna reload --dry-run</c>: what can be known before anything is started, and no reload.</summary>
public sealed class DryRunTests : IAsyncLifetime
{
    private const string Good = """
        version: "v1"
        service: { name: "NAME", command: ["/bin/sleep", "1000"], profile: none }
        orchestration: { startup: { ready: delay }, pre_flight: [{ name: lint, command: [/bin/sh, -c, "echo $AETERNA_RELOAD_ID $AETERNA_OLD_PID $AETERNA_GENERATION $OF_ENGINE ${NOTIFY_SOCKET-no socket} > FOLDER/said"] }] }
        """;

    private LiveEngine _engine = null!;

    public async Task InitializeAsync() => _engine = await LiveEngine.Start(Good, null, "OF_ENGINE=its value", "NOTIFY_SOCKET=/nowhere");

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [RootFact]
    public async Task What_would_pass_passes_and_nothing_is_begun()
    {
        var before = await _engine.Status();

        var (code, output, error) = Try();

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Equal(
            $"""
            configuration {_engine.Folder}/aeterna.yaml: good
            program /bin/sleep: can be executed
            pre_flight "lint": good
            not tried: the start of the new process, its sockets and its soak; nothing was changed
            a reload of {_engine.Name} would go on from here

            """, output);
        Assert.Equal($"dry-run {before.CurrentPid} 2 its value no socket\n", File.ReadAllText($"{_engine.Folder}/said"));
        Assert.Single(await _engine.Records());
        Assert.Equal(before.CurrentPid, (await _engine.Status()).CurrentPid);
    }

    [RootFact]
    public void A_command_that_blocks_is_said_with_its_last_lines()
    {
        _engine.Configure(Good.Replace("[{ name: lint,", "[{ name: soft, command: [/bin/false], block_on_fail: false }, { name: hard, command: [/bin/sh, -c, 'echo one; echo two; exit 7'] }, { name: lint,", StringComparison.Ordinal));
        File.Delete($"{_engine.Folder}/said");

        var (code, output, error) = Try();

        Assert.Equal((ExitCode.Failed, "a reload would be blocked: a pre_flight command blocks it (nothing was changed)\n"), (code, error));
        Assert.EndsWith("pre_flight \"soft\": exit code 1 (does not block)\npre_flight \"hard\": exit code 7: two\n    one\n    two\n", output, StringComparison.Ordinal);
        Assert.False(File.Exists($"{_engine.Folder}/said"));
        Assert.Equal(ExitCode.Done, Try("--force").Code);
        Assert.True(File.Exists($"{_engine.Folder}/said"));
    }

    [RootFact]
    public void A_bad_configuration_and_a_missing_program_are_found()
    {
        _engine.Configure(Good.Replace("service:", "servce:", StringComparison.Ordinal));
        var bad = Try();
        Assert.Equal((ExitCode.Usage, $"a reload would be blocked: {_engine.Folder}/aeterna.yaml is bad (nothing was changed)\n"), (bad.Code, bad.Error));
        Assert.Contains("aeterna.yaml:2:1: error: ", bad.Output, StringComparison.Ordinal);

        _engine.Configure(Good.Replace("/bin/sleep", "/nonexistent/sleep", StringComparison.Ordinal));
        var missing = Try();
        Assert.Equal(ExitCode.Failed, missing.Code);
        Assert.StartsWith("a reload would be blocked: cannot start /nonexistent/sleep: ", missing.Error, StringComparison.Ordinal);

        _engine.Configure(Good.Replace("name: \"NAME\"", "name: \"another\"", StringComparison.Ordinal));
        Assert.Contains($"is of the service another, and this engine runs {_engine.Name}", Try().Error, StringComparison.Ordinal);
    }

    [RootFact]
    public void It_is_for_engines_of_this_machine_and_goes_with_force_alone()
    {
        Assert.Equal(ExitCode.Usage, Try("--wait").Code);
        Assert.Contains(
            "on the engine's machine", Shell.Run(LiveEngine.Program, "reload", "--dry-run", "--url", "http://127.0.0.1:1").Error, StringComparison.Ordinal);
    }

    private (int Code, string Output, string Error) Try(params string[] more) => Shell.Run(LiveEngine.Program, ["reload", _engine.Name, "--dry-run", .. more]);
}

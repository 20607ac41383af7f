using Aeterna.Contract;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

/// <summary>A service's name and a file can be written without an option.</summary>
public sealed class PositionalTests
{
    private const string Yaml = """
        version: "v1"
        service: { name: "NAME", command: ["/bin/sleep", "1000"], profile: none }
        orchestration: { startup: { ready: delay }, canary: { soak_time: 0s } }
        """;

    [RootFact]
    public async Task A_name_is_enough_for_each_verb_that_speaks_to_an_engine()
    {
        await using var engine = await LiveEngine.Start(Yaml);

        Assert.StartsWith($"{engine.Name}  RUNNING  pid ", Run("status", engine.Name).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, Run("reload", engine.Name, "--wait").Code);
        Assert.Matches("(?m)^20\\S+ .* reload +succeeded ", Run("history", engine.Name).Output);
        Assert.StartsWith("cannot roll back: no reload is under way", Run("rollback", engine.Name).Error, StringComparison.Ordinal);
        Assert.Contains("cannot send SIGUSR1: the main process ", Run("signal", "USR1", engine.Name).Error, StringComparison.Ordinal);
        Assert.Equal($"{engine.Name} is stopped\n", Run("stop", engine.Name).Output);
    }

    [RootFact]
    public async Task Without_a_name_all_services_have_a_line()
    {
        await using var one = await LiveEngine.Start(Yaml);
        await using var two = await LiveEngine.Start(Yaml);
        var (pids, last) = ((one: (await one.Status()).CurrentPid, two: (await two.Status()).CurrentPid), await two.Reload());

        var (_, output, _) = Run("status");

        Assert.Matches($@"(?m)^SERVICE +STATE +PID +UP +SINCE +LAST$", output);
        Assert.Matches($@"(?m)^{one.Name} +RUNNING +{pids.one} +\S+ +20\S+ \S+Z +start succeeded$", output);
        Assert.Matches($@"(?m)^{two.Name} +RUNNING +{last.NewPid} +\S+ +20\S+ \S+Z +reload succeeded$", output);
        // Engines of other tests may run beside these two.
        var lines = Run("status", "--json").Output.TrimEnd('\n').Split('\n');
        Assert.Single(lines, line => line.Contains($"\"service\":\"{one.Name}\"", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains($"\"service\":\"{two.Name}\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_is_enough_for_check()
    {
        using var cli = new CliRig();
        var file = cli.Scratch["a.yaml"];
        File.WriteAllText(file, "version: \"v1\"\nservice: { name: a, command: [/bin/true] }\n");

        Assert.Equal((ExitCode.Done, $"{file}: good\n"), Short(await cli.Run("check", file)));
        Assert.Equal((ExitCode.Done, $"{file}: good\n"), Short(await cli.Run("check", file, "-c", file)));
    }

    [Theory]
    [InlineData("two names are given: web and api", "status", "web", "-n", "api")]
    [InlineData("two names are given: web and api", "reload", "-n", "api", "web")]
    [InlineData("only one of NAME, --socket and --url can be given", "stop", "web", "--socket", "/x")]
    [InlineData("only one of NAME, --socket and --url can be given", "watch", "web", "--url", "http://127.0.0.1:1")]
    [InlineData("two configuration files are given: a.yaml and b.yaml", "check", "a.yaml", "-c", "b.yaml")]
    [InlineData("two configuration files are given: a.yaml and b.yaml", "start", "a.yaml", "-c", "b.yaml")]
    [InlineData("no configuration file is given", "start", "--detach")]
    [InlineData("both --keeper and --no-keeper are given", "start", "a.yaml", "--keeper", "--no-keeper")]
    [InlineData("both --keeper and --no-keeper are given", "adopt", "-p", "7", "a.yaml", "--no-keeper", "--keeper")]
    public async Task What_contradicts_itself_is_bad_usage(string why, params string[] args)
    {
        using var cli = new CliRig();

        var result = await cli.Run(args);

        Assert.Equal((ExitCode.Usage, $"cannot run aeterna {args[0]}: {why} (aeterna {args[0]} --help says how it is used)\n"), (result.ExitCode, result.Error));
    }

    private static (int Code, string Output, string Error) Run(params string[] args) => Shell.Run(LiveEngine.Program, args);

    private static (int, string) Short(CliRig.Result result) => (result.ExitCode, result.Out);
}

using Aeterna.Contract;
using Xunit;

namespace Aeterna.Tests.Cli;

/// <summary>One sentence for one mistake, and help for who asks for it in any way.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("cannot run aeterna statsu: there is no such verb (did you mean status?)", "statsu")]
    [InlineData("cannot run aeterna statsu: there is no such verb (did you mean status?)", "statsu", "-n", "web", "--json")]
    [InlineData("cannot run aeterna statsu: there is no such verb (did you mean status?)", "statsu", "--help")]
    [InlineData("cannot run aeterna statsu: there is no such verb (did you mean status?)", "help", "statsu")]
    [InlineData("cannot run aeterna frobnicate: there is no such verb (aeterna help lists them)", "frobnicate")]
    [InlineData("cannot run aeterna reload: there is no option --wiat (did you mean --wait?)", "reload", "--wiat")]
    [InlineData("cannot run aeterna reload: there is no option --resaon (did you mean --reason?)", "reload", "--resaon", "new rules", "web")]
    [InlineData("cannot run aeterna reload: there is no option --resaon (did you mean --reason?)", "reload", "web", "--resaon", "new rules")]
    [InlineData("cannot run aeterna status: there is no option -x (aeterna status --help says how it is used)", "status", "-x")]
    [InlineData("cannot run aeterna status: \"more\" is one word too many (aeterna status --help says how it is used)", "status", "web", "more")]
    [InlineData("cannot run aeterna srp snd: there is no such verb (did you mean send?)", "srp", "snd")]
    [InlineData("cannot run aeterna srp: it takes one of send, receive (aeterna srp --help says how it is used)", "srp")]
    [InlineData("cannot run aeterna history: --limit takes a whole number above 0 (aeterna history --help says how it is used)", "history", "--limit", "0")]
    [InlineData("cannot run aeterna history: --limit takes a whole number above 0 (aeterna history --help says how it is used)", "history", "--limit", "many")]
    [InlineData("cannot run aeterna history: required argument missing for option: '--limit' (aeterna history --help says how it is used)", "history", "--limit")]
    [InlineData("cannot run aeterna --frob: there is no option --frob (aeterna --help says how it is used)", "--frob")]
    public async Task A_mistake_gets_one_sentence(string sentence, params string[] args)
    {
        using var cli = new CliRig();

        var result = await cli.Run(args);

        Assert.Equal((ExitCode.Usage, sentence.Replace("aeterna --frob:", "aeterna:", StringComparison.Ordinal) + "\n", ""), (result.ExitCode, result.Error, result.Out));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData]
    [InlineData("help")]
    public async Task Without_a_verb_the_verbs_are_listed(params string[] args)
    {
        using var cli = new CliRig();

        var result = await cli.Run(args);

        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
        Assert.Contains("\n  reload ", result.Out, StringComparison.Ordinal);
        Assert.Contains("Example:\n", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reload")]
    [InlineData("srp", "send")]
    public async Task Help_can_be_a_verb(params string[] verb)
    {
        using var cli = new CliRig();

        Assert.Equal((await cli.Run([.. verb, "--help"])).Out, (await cli.Run(["help", .. verb])).Out);
    }

    [Fact]
    public async Task The_version_can_be_a_verb()
    {
        using var cli = new CliRig();
        var result = await cli.Run("version");

        Assert.Equal((ExitCode.Done, EngineHost.Version + "\n"), (result.ExitCode, result.Out));
    }
}

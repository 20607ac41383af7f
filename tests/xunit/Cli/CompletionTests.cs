using Aeterna.Cli;
using Aeterna.Cli.Shells;
using Aeterna.Contract;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

/// <summary>The scripts are run by real shells, and say what the parser knows.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly CliRig _cli = new();

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("rel", "reload")]
    [InlineData("s", "start status signal stop srp")]
    [InlineData("--v", "--version")]
    [InlineData("reload --w", "--wait")]
    [InlineData("reload rsyslogd --ti", "--timeout")]
    [InlineData("reload --reason ", "")]
    [InlineData("srp ", "send receive")]
    [InlineData("srp send --so", "--socket")]
    [InlineData("help his", "history")]
    [InlineData("completion ", "bash zsh fish")]
    public void In_bash(string typed, string expected) => Assert.Equal(expected, Bash(typed));

    [Fact]
    public void In_bash_a_file_is_completed_by_its_name()
    {
        File.WriteAllText(_cli.Scratch["web.yaml"], "");

        Assert.Equal(_cli.Scratch["web.yaml"], Bash($"check {_cli.Scratch["we"]}"));
        Assert.Equal(_cli.Scratch["web.yaml"], Bash($"history -c {_cli.Scratch["we"]}"));
    }

    [RootFact]
    public async Task In_bash_and_fish_a_service_that_runs_is_completed_by_its_name()
    {
        await using var engine = await LiveEngine.Start("""
            version: "v1"
            service: { name: "NAME", command: ["/bin/sleep", "1000"], profile: none }
            orchestration: { startup: { ready: delay } }
            """);

        Assert.Equal(engine.Name, Bash($"reload --wait {engine.Name[..^2]}"));
        Assert.Equal(engine.Name, Bash($"status -n {engine.Name[..^2]}"));
        Assert.Equal([engine.Name], Fish($"aeterna reload {engine.Name[..^2]}"));
    }

    [Theory]
    [InlineData("aeterna rel", "reload")]
    [InlineData("aeterna reload --wa", "--wait")]
    [InlineData("aeterna srp s", "send")]
    public void In_fish(string typed, string expected) => Assert.Equal([expected], Fish(typed));

    [Fact]
    public void Zsh_takes_its_script_and_knows_the_verbs()
    {
        var script = Script("zsh");
        var (code, output, error) = Shell.Run("zsh", "-fc", $"autoload -Uz compinit && compinit -u -D && source {script} && whence -w _aeterna && print $_comps[aeterna]");

        Assert.Equal((0, "", "_aeterna: function\n_aeterna\n"), (code, error, output));
        var text = File.ReadAllText(script);
        Assert.All(Verbs(), verb => Assert.Contains(verb.Path.Split(' ')[0], text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_verb_and_option_is_in_each_script()
    {
        var (bash, zsh, fish) = (File.ReadAllText(Script("bash")), File.ReadAllText(Script("zsh")), File.ReadAllText(Script("fish")));
        foreach (var verb in Verbs())
        {
            Assert.Contains($"\"{verb.Path}\") options=\"{string.Join(' ', verb.Options.SelectMany(o => o.Names))}\"", bash, StringComparison.Ordinal);
            Assert.Contains($" -a {verb.Path.Split(' ')[^1]} -d ", fish, StringComparison.Ordinal);
            if (!verb.Path.Contains(' ', StringComparison.Ordinal))
            {
                Assert.All(verb.Options.SelectMany(o => o.Names), name => Assert.Contains($"'{name}[", zsh, StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task Another_shell_is_bad_usage() => Assert.Equal(ExitCode.Usage, (await _cli.Run("completion", "tcsh")).ExitCode);

    [Fact]
    public async Task The_manual_page_is_sound_and_has_every_verb_option_and_exit_code()
    {
        var page = _cli.Scratch["aeterna.1"];
        File.WriteAllText(page, (await _cli.Run("man")).Out);

        var (code, text, error) = Shell.Run("groff", "-man", "-ww", "-Tascii", "-P-cbou", page);

        Assert.Equal((0, ""), (code, error));
        var words = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("aeterna - replaces a running network daemon", words, StringComparison.Ordinal);
        Assert.All(Verbs(), verb => Assert.Contains($"aeterna {verb.Path}", words, StringComparison.Ordinal));
        Assert.All(Verbs().SelectMany(v => v.Options).SelectMany(o => o.Names).Where(n => n != "--help"), name => Assert.Contains(name, words, StringComparison.Ordinal));
        Assert.All(
            typeof(ExitCode).GetFields().Select(f => (int)f.GetRawConstantValue()!), number => Assert.Matches($@"(?m)^ +{number} +\S", text));
    }

    private List<Verb> Verbs()
    {
        using var nowhere = new StringWriter();
        return [.. CommandTree.Verbs(CommandLine.Build(_cli.Context(nowhere, nowhere)))];
    }

    private string Script(string shell)
    {
        var path = _cli.Scratch[shell];
        File.WriteAllText(path, _cli.Run("completion", shell).Result.Out);
        return path;
    }

    // The last word is the one that is completed.
    private string Bash(string typed) => Shell.Output(
        "bash", "--norc", "-c",
        $"PATH={Path.GetDirectoryName(LiveEngine.Program)}:$PATH; source {Script("bash")}; COMP_WORDS=(aeterna $1); [[ $1 == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _aeterna; echo \"${{COMPREPLY[*]}}\"",
        "bash", typed).TrimEnd('\n');

    private string[] Fish(string typed) =>
        [.. Shell.Output("fish", "--no-config", "-c", $"set -x PATH {Path.GetDirectoryName(LiveEngine.Program)} $PATH; source {Script("fish")}; complete -C \"{typed}\"")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')[0])];
}

using Aeterna.Cli;
using Aeterna.Client;
using Aeterna.Contract;
using Xunit;

namespace Aeterna.Tests.Cli;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Every_verb_has_a_help_text_with_an_example()
    {
        using var cli = new CliRig();
        using var nowhere = new StringWriter();
        foreach (var verb in CommandLine.Build(cli.Context(nowhere, nowhere)).Subcommands)
        {
            var help = await cli.Run(verb.Name, "--help");
            Assert.Equal(ExitCode.Done, help.ExitCode);
            Assert.Matches($@"Example:\n  aeterna {verb.Name}[ \n]", help.Out);
            Assert.DoesNotContain("session-leader", help.Out, StringComparison.Ordinal);
            Assert.All(verb.Options.Where(option => !option.Hidden), option => Assert.False(string.IsNullOrEmpty(option.Description), option.Name));
        }
    }

    [Theory]
    [InlineData(0, "good\n", "")]
    [InlineData(2, "bad: 1 error, 0 warnings\n", "nonsense: 1\n")]
    public async Task Check_prints_findings_and_a_summary(int expected, string summary, string more)
    {
        using var cli = new CliRig();
        var file = cli.Scratch["a.yaml"];
        File.WriteAllText(file, $"version: \"v1\"\nservice: {{ name: a, command: [/bin/true] }}\n{more}");

        var result = await cli.Run("check", "-c", file);

        Assert.Equal(expected, result.ExitCode);
        Assert.EndsWith($"{file}: {summary}", result.Out, StringComparison.Ordinal);
        var json = await cli.Run("check", "-c", file, "--json");
        Assert.Equal(expected, json.ExitCode);
        Assert.Equal(expected == 2, json.Out.Contains("\"line\":3", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(0.0125, "12.5ms")]
    [InlineData(31.29, "31.2s")]
    [InlineData(59.99, "59.9s")]
    [InlineData(90, "1m30s")]
    [InlineData(174_000, "48h20m")]
    [InlineData(-5, "0s")]
    public void Spans(double seconds, string expected) => Assert.Equal(expected, Human.Span(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(12_345_678, "11.8 MiB")]
    [InlineData(long.MaxValue, "8388608 TiB")]
    public void Sizes(long bytes, string expected) => Assert.Equal(expected, Human.Bytes(bytes));

    [Fact]
    public void A_writer_that_nobody_writes_to_is_never_opened()
    {
        var opened = false;
        using var inner = new StringWriter();
        using var writer = new DeferredWriter(() =>
        {
            opened = true;
            return inner;
        });
        writer.Flush();
        Assert.False(opened);

        writer.Write('a');
        writer.Write("b");
        writer.WriteLine("c");
        writer.Write(['d', 'e'], 1, 1);
        Assert.Equal("abc\ne", inner.ToString());
    }
}

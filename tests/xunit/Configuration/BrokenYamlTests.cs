using Aeterna.Tests.Configuration.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>Texts that are not YAML, or not a mapping: where it is said, and by what code.</summary>
public class BrokenYamlTests
{
    [Theory]
    [InlineData("", "1:1 empty")]
    [InlineData("# only a comment\n", "1:1 empty")]
    [InlineData("\n\n", "1:1 empty")]
    [InlineData("hello", "1:1 wrong_type")]
    [InlineData("5", "1:1 wrong_type")]
    [InlineData("~", "1:1 null_value")]
    [InlineData("- a\n- b\n", "1:1 wrong_type")]
    [InlineData("service:\n\tname: a\n", "2:1 syntax")]
    [InlineData("service:\n  name: a\n\tcommand: b\n", "3:1 syntax")]
    [InlineData("service:\n  name: [a, b\nversion: v1\n", "2:9 syntax")]
    [InlineData("service: {name: a\n", "1:10 syntax")]
    [InlineData("service:\n  name: \"abc\nversion: v1\n", "2:9 syntax")]
    [InlineData("version: v1\n  service: x\n", "2:10 syntax")]
    [InlineData("service:\n    name: a\n  command: b\n", "3:3 syntax")]
    [InlineData("version: @v1\n", "1:10 syntax")]
    [InlineData("version: \"\\q\"\n", "1:10 syntax")]
    [InlineData("version: \"\\U99999999\"\n", "1:8 syntax")]
    [InlineData("version: v1: v2\n", "1:12 syntax")]
    [InlineData("%YAML 9.9\n---\na: 1\n", "1:1 syntax")]
    [InlineData("version: v1\n---\nversion: v1\n", "2:1 several_documents")]
    [InlineData("version: *nowhere\n", "1:10 unknown_alias")]
    [InlineData("version: !!str v1\n", "1:10 tag")]
    [InlineData("version: !mine {a: 1}\n", "1:10 tag")]
    public void Says_where(string text, string mark) => Assert.Contains(mark, Yaml.Marks(text));

    [Theory]
    [InlineData("a:\n\tb: 1\n", "tab", "spaces")]
    [InlineData("version: @v1\n", "not valid YAML", "quotes")]
    [InlineData("a: [1, 2\nb: 3\n", "not closed", "]")]
    [InlineData("a: 1\n---\nb: 2\n", "second", "---")]
    public void Says_what_and_what_to_do(string text, string message, string hint)
    {
        var finding = Assert.Single(Yaml.Load(text).Findings);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Contains(hint, finding.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_are_taken()
    {
        var text = "\uFEFF" + Yaml.Minimal.Replace("\n", "\r\n", StringComparison.Ordinal);
        Assert.Equal("demo", Yaml.Plan(text).Service.Name);
    }

    [Fact]
    public void An_alias_stands_for_its_anchor()
    {
        var plan = Yaml.Plan(Yaml.Minimal.Replace("command: ", "command: &run ", StringComparison.Ordinal)
            + "orchestration:\n  pre_flight:\n    - { name: again, command: *run }\n");
        Assert.Equal(plan.Service.Command, Assert.Single(plan.Orchestration.PreFlight).Command);
    }

    [Fact]
    public void What_a_message_repeats_of_the_file_is_short_and_harmless()
    {
        var finding = Assert.Single(Yaml.Load(Yaml.Minimal + "\"\\e[31m\\u202E" + new string('x', 500) + "\": 1\n").Findings);
        Assert.Contains("unknown key \"\\u001b[31m\\u202exxx", finding.Message, StringComparison.Ordinal);
        Assert.InRange(finding.ToString().Length, 1, 400);
    }
}

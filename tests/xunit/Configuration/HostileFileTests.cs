using System.Text;
using System.Text.RegularExpressions;
using Aeterna.Configuration;
using Aeterna.Configuration.Reading;
using Aeterna.Configuration.Sections;
using Aeterna.Tests.Configuration.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>Files that are made to hurt are refused, and before they take memory or time.</summary>
public class HostileFileTests
{
    [Fact]
    public void Aliases_of_aliases_are_counted_not_followed()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 30; i++)
        {
            text.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        var finding = Assert.Single(Yaml.Load(text.ToString()).Findings);
        Assert.Equal("too_large", finding.Code);
        Assert.Equal(4, finding.Line);
    }

    [Theory]
    [InlineData("[", 32)]
    [InlineData("- ", 64)]
    [InlineData("{a: ", 4 * 32)]
    public void Depth_is_bounded(string opening, int column)
    {
        var finding = Assert.Single(Yaml.Load(string.Concat(Enumerable.Repeat(opening, 250_000))).Findings);
        Assert.Equal("too_large", finding.Code);
        Assert.InRange(finding.Column, column - opening.Length, column + opening.Length);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1h1m")]
    [InlineData(":1")]
    [InlineData("tcp://1:")]
    [InlineData("aA.")]
    [InlineData("unix:/")]
    [InlineData("http://")]
    [InlineData(" ")]
    public void No_pattern_runs_away_on_a_long_text(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 300_000 / part.Length));
        var patterns = KeyPaths.All(RootSection.Kind).Select(known => (known.Key.Kind as IScalarKind)?.Pattern).OfType<string>().Distinct();
        foreach (var pattern in patterns)
        {
            // Quadratic would take minutes.
            var limited = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(20));
            foreach (var start in new[] { "", "/", "tcp://" })
            {
                limited.IsMatch(start + text + "!\n");
            }
        }
    }

    [Fact]
    public void The_number_of_values_is_bounded()
    {
        var finding = Assert.Single(Yaml.Load("a: [" + string.Concat(Enumerable.Repeat("1,", 400_000)) + "]\n").Findings);
        Assert.Equal("too_large", finding.Code);
    }

    [Fact]
    public void The_number_of_findings_is_bounded()
    {
        var text = new StringBuilder(Yaml.Minimal);
        for (var i = 0; i < 3000; i++)
        {
            text.Append($"unknown{i}: 1\n");
        }

        var result = Yaml.Load(text.ToString());
        Assert.Null(result.Plan);
        Assert.Equal(FindingList.Most, result.Findings.Count);
    }

    [Fact]
    public void A_file_of_a_gigabyte_is_not_read()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var file = File.OpenWrite(path))
            {
                file.SetLength(1L << 30);
            }

            Refused(path, "1 MiB");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void An_endless_device_is_not_read_to_its_end() => Refused("/dev/zero", "1 MiB");

    [Fact]
    public void A_file_of_the_largest_size_is_read()
    {
        var text = Yaml.Minimal + "#";
        Assert.Empty(Yaml.Load(text + new string('x', SourceFile.MostBytes - text.Length)).Findings);
        Assert.Equal(["1:1 unreadable_file"], Yaml.Marks(text + new string('x', SourceFile.MostBytes - text.Length + 1)));
    }

    [Theory]
    [InlineData("/nonexistent/aeterna.yaml", "no such file")]
    [InlineData("/etc/passwd/aeterna.yaml", "cannot read")]
    [InlineData("/tmp", "directory")]
    [InlineData("", "cannot read")]
    [InlineData("a\0b", "cannot read")]
    public void A_file_that_cannot_be_read_is_a_finding(string path, string why) => Refused(path, why);

    [Fact]
    public void Bytes_that_are_not_utf8_are_a_finding()
    {
        var finding = Assert.Single(Yaml.Load([.. Encoding.UTF8.GetBytes("version: v1 # "), 0xff, 0xfe]).Findings);
        Assert.Equal("unreadable_file", finding.Code);
        Assert.Contains("byte 14", finding.Message, StringComparison.Ordinal);
    }

    private static void Refused(string path, string why)
    {
        var result = ConfigurationLoader.Load(path, Environment.GetEnvironmentVariable);
        var finding = Assert.Single(result.Findings);
        Assert.Null(result.Plan);
        Assert.Equal((1, 1, path), (finding.Line, finding.Column, finding.File));
        Assert.Contains(why, finding.Message, StringComparison.Ordinal);
    }
}

using System.Text.RegularExpressions;
using Aeterna.Configuration;
using Aeterna.Configuration.Profiles;
using Aeterna.Tests.Configuration.Support;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>Check warns of the programs whose row in docs/programs.md says what cannot be had, and of no others.</summary>
public partial class ProgramCheckTests
{
    [Theory]
    [InlineData("/usr/bin/memcached", "auto", "memcached: its cache is empty after a reload")]
    [InlineData("/usr/bin/redis-server", "auto", "redis: kept connections end at a reload")]
    [InlineData("/bin/sleep", "squid", "squid: it takes up to its shutdown_lifetime")]
    [InlineData("/usr/sbin/nginx", "auto", null)]
    [InlineData("/usr/bin/memcached", "none", null)]
    public void A_warning_for_a_program_of_which_it_is_known(string program, string profile, string? says)
    {
        var findings = ConfigurationCheck.Run(Yaml.Load($"version: v1\nservice: {{ name: a, command: [{program}], profile: {profile} }}\n"))
            .Where(f => f.Code == "program_limits");
        if (says is null)
        {
            Assert.Empty(findings);
        }
        else
        {
            var finding = Assert.Single(findings);
            Assert.Equal(("warning", 2), (finding.Severity, finding.Line));
            Assert.StartsWith($"service.command: {says}", finding.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_rows_and_the_profiles_agree()
    {
        var text = File.ReadAllText(Repository.File("docs", "programs.md"));
        var section = text[text.IndexOf("\n## What cannot be had", StringComparison.Ordinal)..];
        var rows = Bullet().Matches(section).Select(m => m.Groups[1].Value).Order();
        var profiles = ProfileList.Names.Where(name => ProfileList.Find(name)!.Caveat is not null).Order();
        Assert.Equal(profiles, rows);
    }

    [Fact]
    public void The_document_names_nothing_of_the_machine_that_wrote_it()
    {
        var text = File.ReadAllText(Repository.File("docs", "programs.md"));
        Assert.DoesNotContain("/tmp/", text, StringComparison.Ordinal);
        Assert.DoesNotContain("could not be tried", text, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^- \*\*([^*]+)\*\*", RegexOptions.Multiline)]
    private static partial Regex Bullet();
}

using System.Text.RegularExpressions;

using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Security;

/// <summary>docs/security.md names only tests that there are.</summary>
public partial class SecurityPageTests
{
    [Fact]
    public void Every_row_names_a_test_that_exists()
    {
        var known = typeof(SecurityPageTests).Assembly.GetTypes().SelectMany(t => t.GetMethods().Select(m => $"{t.Name}.{m.Name}")).ToHashSet();
        var rows = File.ReadAllLines(Repository.File("docs", "security.md")).SkipWhile(l => !l.StartsWith("## Paths", StringComparison.Ordinal))
            .Where(l => l.StartsWith("| ", StringComparison.Ordinal) && !l.EndsWith("| test |", StringComparison.Ordinal)).ToList();
        Assert.True(rows.Count >= 10);
        Assert.All(rows, row => Assert.Matches(Test(), row.Split('|')[^2]));
        Assert.Empty(rows.SelectMany(row => Test().Matches(row)).Select(m => m.Groups[1].Value).Where(name => !known.Contains(name)));
    }

    [GeneratedRegex("`([A-Za-z]+Tests\\.[A-Za-z_0-9]+)`")]
    private static partial Regex Test();
}

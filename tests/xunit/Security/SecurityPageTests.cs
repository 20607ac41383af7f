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
        var lines = File.ReadAllLines(Repository.File("docs", "security.md"));
        var inTable = false;
        List<string> rows = [];
        foreach (var line in lines)
        {
            // The tables whose last column is "test".
            inTable = line.StartsWith('|') && (inTable || line.EndsWith("| test |", StringComparison.Ordinal));
            if (inTable && line.StartsWith("| ", StringComparison.Ordinal) && !line.EndsWith("| test |", StringComparison.Ordinal))
            {
                rows.Add(line);
            }
        }

        Assert.True(rows.Count >= 10);
        Assert.All(rows, row => Assert.Matches(Test(), row.Split('|')[^2]));
        Assert.DoesNotContain(lines.SelectMany(line => Test().Matches(line)).Select(m => m.Groups[1].Value), name => !known.Contains(name));
    }

    [GeneratedRegex("`([A-Za-z]+Tests\\.[A-Za-z_0-9]+)`")]
    private static partial Regex Test();
}

using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

using Xunit;

namespace Aeterna.Tests.Support;

/// <summary>Pages under docs/, read from the source tree that the tests were built from.</summary>
internal static partial class Docs
{
    public static string Read(string name, [CallerFilePath] string here = "") =>
        File.ReadAllText(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, Up(here), "docs", name)));

    /// <summary>What stands in backticks in the first column of the tables of a page.</summary>
    public static IReadOnlyList<string> FirstColumn(string page) => [.. Row().Matches(page).Select(m => m.Groups[1].Value)];

    /// <summary>Lines of the page's shell examples.</summary>
    public static IReadOnlyList<string> Shell(string page) =>
        [.. ShellBlock().Matches(page).SelectMany(m => m.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>
    /// What stands between the marks <c>&lt;!-- NAME --&gt;</c> and <c>&lt;!-- /NAME --&gt;</c> of a page has to be this; with AETERNA_WRITE_DOCS=1 in the
    /// environment it is written there.
    /// </summary>
    public static void Compare(string page, string mark, string wanted)
    {
        var (text, from, to) = (Read(page), $"<!-- {mark} -->\n", $"<!-- /{mark} -->");
        var start = text.IndexOf(from, StringComparison.Ordinal) + from.Length;
        var end = text.IndexOf(to, StringComparison.Ordinal);
        Assert.True(start >= from.Length && end >= start, $"docs/{page} has no marks {from.Trim()} … {to}");
        if (Environment.GetEnvironmentVariable("AETERNA_WRITE_DOCS") == "1")
        {
            File.WriteAllText(Repository.File("docs", page), text[..start] + wanted + text[end..]);
        }
        else
        {
            Assert.Equal(wanted, text[start..end]);
        }
    }

    private static string Up(string file)
    {
        var up = ".";
        for (var folder = Path.GetDirectoryName(file)!; !File.Exists(Path.Combine(folder, "Aeterna.sln")); folder = Path.GetDirectoryName(folder)!)
        {
            up += "/..";
        }

        return up;
    }

    [GeneratedRegex(@"(?m)^\| `([^`]+)` \|")]
    private static partial Regex Row();

    [GeneratedRegex(@"```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}

using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

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

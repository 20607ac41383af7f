using System.Text.RegularExpressions;

using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Layout;

/// <summary>One word for one thing: those that the glossary puts aside are used nowhere.</summary>
public partial class GlossaryTests
{
    private static readonly string[] _kinds = [".md", ".cs", ".ps1", ".yaml", ".ps1xml", ".service"];

    [Fact]
    public void Words_that_were_put_aside_are_not_used()
    {
        var put = Row().Matches(Docs.Read("glossary.md")).SelectMany(m => m.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Where(word => word != "not").ToList();
        Assert.Contains("preflight", put); // It can see.

        // As a word of a sentence, at its beginning or within: names of code are written otherwise.
        var word = new Regex($@"(?<![\w/.-])({string.Join('|', put.Select(Sentence))})(?![\w-])", RegexOptions.CultureInvariant);
        Assert.Empty(Texts().SelectMany(file => word.Matches(File.ReadAllText(file)).Select(m => $"{Path.GetRelativePath(Repository.File(), file)}: {m.Value}")));
    }

    private static string Sentence(string word) => $"[{char.ToUpperInvariant(word[0])}{word[0]}]{Regex.Escape(word[1..])}s?";

    private static IEnumerable<string> Texts() =>
        new[] { "docs", "src", "examples", "en-US" }.SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Repository.File(), "*.md"))
            .Where(file => _kinds.Contains(Path.GetExtension(file)) && !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)
                && Path.GetFileName(file) != "glossary.md");

    [GeneratedRegex(@"(?m)^\| [^|]+ \| .* \| ([^|]*)\|$")]
    private static partial Regex Row();
}

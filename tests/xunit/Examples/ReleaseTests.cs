using System.Globalization;

using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Examples;

/// <summary>"make release", in a clone.</summary>
public sealed class ReleaseTests : IDisposable
{
    private static readonly string[] _edited = ["Directory.Build.props", "Aeterna.psd1", "sdk/python/pyproject.toml", "CHANGELOG.md", "Makefile", "src/release.sh"];
    private readonly ScratchDirectory _clone = new();

    public ReleaseTests()
    {
        Git("clone", "-q", Repository.File("."), ".");
        Git("config", "user.name", "tester");
        Git("config", "user.email", "tester@localhost");
        Git("config", "commit.gpgsign", "false");
        // What is not committed yet in the tree of the tests counts too.
        foreach (var file in _edited)
        {
            File.Copy(Repository.File(file), _clone[file], overwrite: true);
        }

        Changes("one thing");
        Git("add", "-A");
        Git("commit", "-q", "-m", "as it stands");
    }

    public void Dispose() => _clone.Dispose();

    [Fact]
    public void The_version_is_everywhere_and_the_tag_says_what_changed()
    {
        var old = Version();
        var said = Release("9.8.7");

        Assert.Equal((0, ""), (said.Code, said.Error));
        Assert.Equal("9.8.7", Version());
        Assert.Contains("ModuleVersion = '9.8.7'", File.ReadAllText(_clone["Aeterna.psd1"]), StringComparison.Ordinal);
        Assert.Contains("\nversion = \"9.8.7\"\n", File.ReadAllText(_clone["sdk/python/pyproject.toml"]), StringComparison.Ordinal);
        // Nowhere else: screens and samples of the tests have a version of their own.
        Assert.Equal(1, Run("git", "grep", "-lwF", old, "--", ".", ":!tests", ":!CHANGELOG.md").Code);
        var today = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Matches($"## Unreleased\n\n## 9\\.8\\.7 - ({today}|{DateTime.UtcNow.AddMinutes(-5):yyyy-MM-dd})\n\n", File.ReadAllText(_clone["CHANGELOG.md"]));
        Assert.Equal("Aeterna 9.8.7\n\n- one thing\n", Git("for-each-ref", "--format=%(contents)", "refs/tags/v9.8.7").TrimEnd('\n') + "\n");
        Assert.Equal("release: 9.8.7", Git("log", "-1", "--format=%s").Trim());
        Assert.Equal("", Git("status", "--porcelain"));

        Assert.Equal((1, "cannot release: CHANGELOG.md says nothing under \"## Unreleased\" (write what changed for those who use it, and commit that)\n"), Refusal("9.8.8"));
        Changes("another thing");
        Git("commit", "-q", "-a", "-m", "more");
        Assert.Equal((1, "cannot release: the tag v9.8.7 is there already (choose a newer version)\n"), Refusal("9.8.7"));
        Assert.Equal((1, "cannot release: 9.8.6 is not newer than 9.8.7, the newest in CHANGELOG.md (choose a newer version)\n"), Refusal("9.8.6"));
        Assert.Equal(0, Release("9.10.0").Code);
        Assert.StartsWith("Aeterna 9.10.0\n\n- another thing\n", Git("for-each-ref", "--format=%(contents)", "refs/tags/v9.10.0"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "there has to be one version (make release VERSION=1.2.3)")]
    [InlineData("1.2", "\"1.2\" is no version of three numbers (as in 1.2.3)")]
    [InlineData("v1.2.3", "\"v1.2.3\" is no version of three numbers (as in 1.2.3)")]
    public void What_is_no_version_is_refused(string version, string why) => Assert.Equal((2, $"cannot release: {why}\n"), Refusal(version));

    [Fact]
    public void A_tree_with_changes_is_refused_and_left_alone()
    {
        File.WriteAllText(_clone["new"], "");

        Assert.Equal((1, "cannot release: the tree has changes (commit or stash them):\n?? new\n"), Refusal("9.8.7"));
    }

    [Fact]
    public void A_release_that_cannot_be_committed_changes_nothing()
    {
        File.WriteAllText(_clone[".git/hooks/pre-commit"], "#!/bin/sh\necho not today\nexit 1\n");
        File.SetUnixFileMode(_clone[".git/hooks/pre-commit"], UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var (code, error) = Refusal("9.8.7");

        Assert.Equal((1, "not today\ncannot release: see above (nothing was changed)\n"), (code, error));
        Assert.Equal("", Git("tag", "-l", "v9.8.7"));
    }

    private (int Code, string Error) Refusal(string version)
    {
        var (before, status) = (Git("rev-parse", "HEAD"), Git("status", "--porcelain"));
        var said = Release(version);
        Assert.Equal((before, status), (Git("rev-parse", "HEAD"), Git("status", "--porcelain")));
        return (said.Code, said.Error);
    }

    private (int Code, string Output, string Error) Release(string version) =>
        version.Length > 0 ? Run(_clone["src/release.sh"], version) : Run(_clone["src/release.sh"]);

    private void Changes(string what) => File.WriteAllText(
        _clone["CHANGELOG.md"], File.ReadAllText(_clone["CHANGELOG.md"]) is var text && text.Contains("## 9.8.7", StringComparison.Ordinal)
            ? text.Replace("## Unreleased\n", $"## Unreleased\n\n- {what}\n", StringComparison.Ordinal)
            : $"# Changelog\n\n## Unreleased\n\n- {what}\n");

    private string Version() => File.ReadAllText(_clone["Directory.Build.props"]).Split("<Version>")[1].Split("</Version>")[0];

    private string Git(params string[] arguments)
    {
        var (code, output, error) = Run("git", arguments);
        return code == 0 ? output : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {error}");
    }

    private (int Code, string Output, string Error) Run(string program, params string[] arguments) =>
        Shell.Run("/usr/bin/env", ["-C", _clone.Path, program, .. arguments]);
}

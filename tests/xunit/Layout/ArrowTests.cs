using System.Text.RegularExpressions;

using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Layout;

/// <summary>Arrows between the rooms run down only.</summary>
public partial class ArrowTests
{
    /// <summary>What each room may use. Linux, Configuration and Contract are at the bottom.</summary>
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["Contract"] = [],
        ["Configuration"] = ["Contract"],
        ["Telemetry"] = ["Linux", "Contract", "Configuration"],
        ["Linux"] = [],
        ["Listeners"] = ["Linux", "Configuration", "Contract", "Telemetry"],
        ["Broker"] = ["Listeners", "Linux", "Configuration", "Contract", "Telemetry"],
        ["Relay"] = ["Listeners", "Linux", "Configuration", "Contract", "Telemetry"],
        ["StateRelay"] = ["Linux", "Configuration", "Contract", "Telemetry"],
        ["Generations"] = ["Broker", "Listeners", "Linux", "Configuration", "Contract", "Telemetry"],
        ["Health"] = ["Generations", "Listeners", "Linux", "Configuration", "Contract", "Telemetry"],
        ["Orchestration"] = ["Generations", "Broker", "Relay", "StateRelay", "Health", "Listeners", "Linux", "Configuration", "Contract", "Telemetry"],
        ["Control"] = ["Orchestration", "Linux", "Configuration", "Contract", "Telemetry"],
        ["Cli"] = ["Control", "StateRelay", "Linux", "Configuration", "Contract", "Telemetry"],
    };

    [Fact]
    public void A_room_uses_only_the_rooms_below_it()
    {
        var source = Repository.File("src", "Aeterna.Engine");
        List<string> wrong = [];
        foreach (var room in Directory.GetDirectories(source).Where(d => Path.GetFileName(d) is not ("bin" or "obj")))
        {
            var name = Path.GetFileName(room);
            Assert.True(_allowed.ContainsKey(name), $"{name} is a room that this test does not know");
            foreach (var file in Directory.GetFiles(room, "*.cs", SearchOption.AllDirectories))
            {
                wrong.AddRange(Uses().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value)
                    .Where(used => used != name && _allowed.ContainsKey(used) && !_allowed[name].Contains(used))
                    .Select(used => $"{Path.GetRelativePath(source, file)} uses {used}"));
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Only_configuration_knows_yaml_and_only_linux_imports_libc()
    {
        var source = Repository.File("src", "Aeterna.Engine");
        var files = Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).ToDictionary(f => Path.GetRelativePath(source, f), File.ReadAllText);
        Assert.All(files.Where(f => f.Value.Contains("YamlDotNet", StringComparison.Ordinal)), f => Assert.StartsWith("Configuration/", f.Key, StringComparison.Ordinal));
        Assert.All(files.Where(f => f.Value.Contains("using Prometheus", StringComparison.Ordinal)), f => Assert.StartsWith("Telemetry/", f.Key, StringComparison.Ordinal));
        Assert.All(files.Where(f => f.Value.Contains("using Stateless", StringComparison.Ordinal)), f => Assert.StartsWith("Orchestration/Machine/", f.Key, StringComparison.Ordinal));
        Assert.All(files.Where(f => f.Value.Contains("[LibraryImport", StringComparison.Ordinal)), f => Assert.StartsWith("Linux/", f.Key, StringComparison.Ordinal));
    }

    /// <summary>What Tmds.LibC has is not imported once more, unless it has to be another way.</summary>
    [Fact]
    public void Plain_calls_are_those_of_Tmds_LibC()
    {
        string[] plain =
        [
            "close", "dup2", "epoll_create1", "eventfd", "_exit", "execve", "fchdir", "fcntl", "ftruncate", "kill", "listen",
            "pipe2", "setgid", "setsid", "setuid", "shutdown", "socket", "socketpair", "unshare",
        ];
        var imported = Directory.GetFiles(Repository.File("src", "Aeterna.Engine", "Linux"), "*.cs").SelectMany(file => Import().Matches(File.ReadAllText(file)))
            .Where(import => !import.Groups[2].Value.Contains("Handle", StringComparison.Ordinal)).Select(import => import.Groups[1].Value);
        Assert.Empty(plain.Intersect(imported));
    }

    [GeneratedRegex(@"(?<!SuppressGCTransition\]\s+\w+ static (?:unsafe )?)partial \w+\*? (\w+)\((.*?)\);")]
    private static partial Regex Import();

    [Fact]
    public void Every_import_of_linux_says_what_it_does()
    {
        foreach (var file in Directory.GetFiles(Repository.File("src", "Aeterna.Engine", "Linux"), "*.cs"))
        {
            var lines = File.ReadAllLines(file);
            for (var i = 1; i < lines.Length; i++)
            {
                // A private import is documented by the method that wraps it.
                if (lines[i].Contains("[LibraryImport", StringComparison.Ordinal) && lines[i + 1].TrimStart().StartsWith("public", StringComparison.Ordinal))
                {
                    Assert.True(lines[i - 1].TrimStart().StartsWith("///", StringComparison.Ordinal), $"{file}:{i + 1}: an import without a comment");
                }
            }
        }
    }

    [GeneratedRegex(@"\bAeterna\.([A-Z][A-Za-z]+)\b")]
    private static partial Regex Uses();
}

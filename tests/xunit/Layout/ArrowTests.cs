using System.Text.RegularExpressions;

using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Layout;

/// <summary>Arrows between the rooms run down only, as the compiled code has them. With AETERNA_WRITE_DOCS=1 the picture in docs/architecture.md is drawn anew.</summary>
public partial class ArrowTests
{
    /// <summary>From the bottom to the top: a room may use those before it.</summary>
    private static readonly string[] _rooms =
    [
        "Contract", "Client", "Linux", "Ledger", "Machine", "Configuration", "Telemetry", "Listeners", "Broker", "Relay", "StateHandoff", "Generations", "Health", "Orchestration",
        "Control", "Keeper", "Cli",
    ];

    private static readonly List<(string User, string Used)> _arrows =
    [
        .. CompiledCode.Uses().Select(use => (Room(use.User), Room(use.Used)))
            .Where(use => use.Item1 is not null && use.Item2 is not null && use.Item1 != use.Item2).Select(use => (use.Item1!, use.Item2!)).Distinct().Order(),
    ];

    [Fact]
    public void A_room_uses_only_the_rooms_below_it()
    {
        Assert.DoesNotContain(_arrows, arrow => !_rooms.Contains(arrow.User));
        Assert.Empty(_arrows.Where(arrow => Array.IndexOf(_rooms, arrow.Used) > Array.IndexOf(_rooms, arrow.User)).Select(arrow => $"{arrow.User} uses {arrow.Used}"));
        Assert.Contains(("Orchestration", "Listeners"), _arrows); // It can see.
    }

    [Fact]
    public void The_picture_of_the_rooms_is_drawn_from_the_code()
    {
        var shown = _arrows.Where(arrow => !_arrows.Any(first => first.User == arrow.User && first.Used != arrow.Used && Leads(first.Used, arrow.Used)));
        var picture = string.Concat(shown.OrderByDescending(a => Array.IndexOf(_rooms, a.User)).ThenByDescending(a => Array.IndexOf(_rooms, a.Used)).Select(a => $"    {a.User} --> {a.Used}\n"));
        Docs.Compare("architecture.md", "rooms", $"```mermaid\ngraph TD\n{picture}```\n");
    }

    /// <summary>The folders of a room, likewise. What lies in the room's own folder puts them together, or is what they share.</summary>
    private static readonly string[] _subRooms =
    [
        "Machine.Plans",
        "Configuration.Yaml", "Configuration.Reading", "Configuration.Profiles", "Configuration.Sections", "Configuration.Rules", "Configuration.Checks",
        "Listeners.Traffic", "Listeners.Steering", "Listeners.Outside",
        "Relay.Kept", "Relay.Frames", "Relay.Loop", "Relay.Tls", "Relay.Datagrams", "Relay.Sides", "Relay.Sessions",
        "Generations.Launch", "Generations.Freezing", "Generations.Footprints", "Generations.Outside", "Health.Quiescence",
        "Orchestration.Switching",
        "Cli.Views", "Cli.Shells", "Cli.Verbs",
    ];

    [Fact]
    public void A_folder_uses_only_those_before_it()
    {
        var uses = CompiledCode.Uses().Select(use => (User: SubRoom(use.User), Used: SubRoom(use.Used)))
            .Where(use => use.User is not null && use.Used is not null && use.User != use.Used).Distinct().ToList();
        Assert.Empty(uses.SelectMany(use => new[] { use.User, use.Used }).Except(_subRooms));
        Assert.DoesNotContain(uses, use => use.User!.Split('.')[0] == use.Used!.Split('.')[0] && Array.IndexOf(_subRooms, use.Used) > Array.IndexOf(_subRooms, use.User));
        Assert.Contains(("Relay.Sessions", "Relay.Sides"), uses); // It can see.
        Assert.Equal(Namespaces().Select(n => n.Split('.')).Where(n => n.Length > 2).Select(n => $"{n[1]}.{n[2]}").Distinct().Order(), _subRooms.Order());
    }

    // What follows from a room's own folder alone is no circle between its folders: a listener table has its inputs, and not these it.
    [Fact]
    public void What_directs_traffic_knows_no_table() =>
        Assert.DoesNotContain(
            CompiledCode.Uses(),
            use => use.User.Namespace is "Aeterna.Listeners.Traffic" or "Aeterna.Listeners.Steering" && use.Used.Namespace == "Aeterna.Listeners");

    [Fact]
    public void Each_room_is_on_the_page()
    {
        var page = Docs.Read("architecture.md");
        Assert.Equal(_rooms.Order(), Namespaces().Select(n => n.Split('.')).Where(n => n.Length > 1).Select(n => n[1]).Distinct().Order());
        Assert.Empty(_rooms.Except(Docs.FirstColumn(page)));
    }

    [Fact]
    public void A_namespace_is_the_folder() =>
        Assert.All(Sources(), file => Assert.Contains($"\nnamespace {Namespace(file)};", "\n" + File.ReadAllText(file), StringComparison.Ordinal));

    /// <summary>The compiler sees to unsafe code and to what lies above; this to what the libraries offer.</summary>
    [Fact]
    public void What_decides_reads_no_clock_and_does_nothing()
    {
        string[] outside = ["System.IO", "System.Threading", "System.Diagnostics", "System.Net.Sockets", "System.Net.Http", "System.Runtime.InteropServices"];
        string[] asks = ["get_Now", "get_UtcNow", "get_Today", "GetUtcNow", "GetTimestamp", "get_TickCount", "get_TickCount64", "NewGuid"];
        var calls = CompiledCode.Calls(CompiledCode.Machine).Select(call => (Type: call.Called.DeclaringType!, call.Called.Name))
            .Where(call => call.Type.Assembly != CompiledCode.Machine).Distinct().ToList();
        Assert.DoesNotContain(
            calls, call => outside.Any(space => IsIn(call.Type, space)) || call.Type == typeof(Environment) || call.Type == typeof(Random) || asks.Contains(call.Name));
        Assert.Contains(calls, call => IsIn(call.Type, "Stateless")); // It can see.
        Assert.DoesNotContain(CompiledCode.Machine.GetReferencedAssemblies(), assembly => assembly.Name is "Aeterna.Linux" or "aeterna" or "Tmds.LibC");
    }

    // By CollectionsMarshal the compiler fills a list.
    private static bool IsIn(Type type, string space) =>
        type.Namespace is { } name && (name == space || name.StartsWith(space + ".", StringComparison.Ordinal)) && type.Name != "CollectionsMarshal";

    // By arrows that run down, of which there is no circle.
    private static bool Leads(string from, string to) =>
        _arrows.Any(a => a.User == from && Array.IndexOf(_rooms, a.Used) < Array.IndexOf(_rooms, from) && (a.Used == to || Leads(a.Used, to)));

    private static IEnumerable<string> Sources() =>
        new[] { "Aeterna.Contract", "Aeterna.Client", "Aeterna.Linux", "Aeterna.Machine", "Aeterna.Engine" }
            .SelectMany(project => Directory.GetFiles(Repository.File("src", project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    /// <summary>The namespace that a file's folder asks for; a folder of the engine's is a room by itself.</summary>
    private static string Namespace(string file) =>
        Path.GetRelativePath(Repository.File("src"), Path.GetDirectoryName(file)!).Replace('/', '.').Replace("Aeterna.Engine", "Aeterna", StringComparison.Ordinal);

    private static IEnumerable<string> Namespaces() => Sources().Select(Namespace).Distinct();

    /// <summary>The folder of a type within its room; null: it lies in the room's own.</summary>
    private static string? SubRoom(Type type) => type.Namespace?.Split('.') is ["Aeterna", var room, var folder, ..] ? $"{room}.{folder}" : null;

    /// <summary>The room of a type; null: it is of none (the top, or made by the compiler).</summary>
    private static string? Room(Type type) => type.Namespace?.Split('.') is ["Aeterna", var room, ..] ? room : null;

    [Fact]
    public void Only_configuration_knows_yaml_and_only_linux_imports_libc()
    {
        var files = Sources().ToDictionary(file => Path.GetRelativePath(Repository.File("src"), file), File.ReadAllText);
        Assert.All(files.Where(f => f.Value.Contains("YamlDotNet", StringComparison.Ordinal)), f => Assert.StartsWith("Aeterna.Engine/Configuration/", f.Key, StringComparison.Ordinal));
        Assert.All(files.Where(f => f.Value.Contains("using Prometheus", StringComparison.Ordinal)), f => Assert.StartsWith("Aeterna.Engine/Telemetry/", f.Key, StringComparison.Ordinal));
        Assert.All(files.Where(f => f.Value.Contains("using Stateless", StringComparison.Ordinal)), f => Assert.StartsWith("Aeterna.Machine/", f.Key, StringComparison.Ordinal));
        Assert.All(files.Where(f => f.Value.Contains("[LibraryImport", StringComparison.Ordinal)), f => Assert.StartsWith("Aeterna.Linux/", f.Key, StringComparison.Ordinal));
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
        var imported = Directory.GetFiles(Repository.File("src", "Aeterna.Linux"), "*.cs").SelectMany(file => Import().Matches(File.ReadAllText(file)))
            .Where(import => !import.Groups[2].Value.Contains("Handle", StringComparison.Ordinal)).Select(import => import.Groups[1].Value);
        Assert.Empty(plain.Intersect(imported));
    }

    [GeneratedRegex(@"(?<!SuppressGCTransition\]\s+\w+ static (?:unsafe )?)partial \w+\*? (\w+)\((.*?)\);")]
    private static partial Regex Import();

    [Fact]
    public void Every_import_of_linux_says_what_it_does()
    {
        foreach (var file in Directory.GetFiles(Repository.File("src", "Aeterna.Linux"), "*.cs"))
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
}

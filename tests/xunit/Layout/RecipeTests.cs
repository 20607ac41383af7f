using System.Text.RegularExpressions;

using Aeterna.Broker;
using Aeterna.Linux;
using Aeterna.Machine.Plans;
using Aeterna.Relay.Frames;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Layout;

/// <summary>The table of CONTRIBUTING.md: a new one of a kind is one file, and one line where the others are.</summary>
public partial class RecipeTests
{
    private static readonly Dictionary<string, string> _code = Directory.GetFiles(Repository.File("src"), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)).ToDictionary(file => file, File.ReadAllText);

    /// <summary>No file of another folder names one of them, but the one in which they are listed.</summary>
    [Theory]
    [InlineData("Aeterna.Engine/Configuration/Profiles", "Profile", "ProfileList.cs")]
    [InlineData("Aeterna.Engine/Configuration/Sections", "Section", "ConfigurationLoader.cs")] // The root alone; the others are in the section above them.
    [InlineData("Aeterna.Engine/Health", "Probe", "SoakMaker.cs")]
    [InlineData("Aeterna.Engine/Cli/Verbs", "Verb", "CommandLine.cs", "DetachedStart.cs")] // A detached start starts an engine by the verb.
    public void One_of_its_kind_is_named_where_the_others_are(string folder, string kind, params string[] lists)
    {
        var place = Repository.File(["src", .. folder.Split('/')]);
        var ones = Directory.GetFiles(place, $"*{kind}.cs", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file)!).ToList();
        Assert.True(ones.Count > 3, $"{ones.Count} in {folder}"); // It can see.
        foreach (var one in ones)
        {
            var name = new Regex($@"\b{one}\b");
            Assert.Empty(_code.Where(file => !file.Key.StartsWith(place + "/", StringComparison.Ordinal) && name.IsMatch(file.Value)).Select(file => Path.GetFileName(file.Key)).Except(lists));
        }
    }

    [Fact]
    public void A_verb_and_a_profile_are_in_their_list()
    {
        Assert.All(Names("Cli/Verbs", "Verb"), verb => Assert.Contains($"{verb}.", Text("Cli/CommandLine.cs"), StringComparison.Ordinal));
        Assert.All(Names("Configuration/Profiles", "Profile"), profile => Assert.Contains($"{profile}.", Text("Configuration/Profiles/ProfileList.cs"), StringComparison.Ordinal));
    }

    [Fact]
    public void A_metric_is_named_at_one_place()
    {
        var names = _code.Values.SelectMany(text => MetricName().Matches(text)).Select(m => m.Groups[1].Value).ToList();
        Assert.True(names.Count > 20, $"{names.Count} metrics");
        Assert.Equal(names.Distinct().Order(), names.Order());
    }

    [Fact]
    public void A_framing_has_a_word_and_rules()
    {
        Assert.Equal(Enum.GetValues<FramingKind>().Order(), FramingWords.All.Select(framing => framing.Kind).Order());
        Assert.All(FramingWords.All, framing => Assert.NotNull(FrameRules.Of(new StreamFraming { Kind = framing.Kind })));
    }

    [Fact]
    public void A_trapped_call_has_a_rule_and_so_an_answer()
    {
        var rules = TrapFilter.Rules(SyscallTable.X64, firstLeg: 1).ToList();
        Assert.Equal(Enum.GetValues<TrappedCall>().Order(), rules.Select(rule => rule.Call).Order());
        Assert.Equal(rules.Select(rule => rule.Number).Distinct(), rules.Select(rule => rule.Number));
    }

    [Fact]
    public void The_files_and_lists_of_the_table_are_there()
    {
        var table = File.ReadAllText(Repository.File("CONTRIBUTING.md"));
        table = table[table.IndexOf("| a new … |", StringComparison.Ordinal)..table.IndexOf("## Style", StringComparison.Ordinal)];
        var files = FileName().Matches(table).Select(m => m.Groups[1].Value).Where(name => !name.Contains("NAME", StringComparison.Ordinal)).ToList();
        Assert.Contains("Orchestration/SoakMaker.cs", files); // It can see.
        string[] roots = [Repository.File(), Repository.File("src"), Repository.File("src", "Aeterna.Engine")];
        Assert.DoesNotContain(files, file => !roots.Any(root => File.Exists(Path.Combine(root, file))));
    }

    private static IEnumerable<string> Names(string folder, string kind) =>
        Directory.GetFiles(Repository.File(["src", "Aeterna.Engine", .. folder.Split('/')]), $"*{kind}.cs", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file));

    private static string Text(string file) => _code[Repository.File(["src", "Aeterna.Engine", .. file.Split('/')])];

    [GeneratedRegex("\"(aeterna_[a-z_]+)\",")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"`([A-Za-z./]+\.(?:cs|yaml|md))`")]
    private static partial Regex FileName();
}

using System.Reflection;
using System.Text.RegularExpressions;
using Aeterna.Load;
using Aeterna.Sdk;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Sdk;

/// <summary>docs/sdk.md: its tables have what there is, and its programs count as they stand.</summary>
public sealed partial class PageTests
{
    private static readonly string _page = Docs.Read("sdk.md");

    [Fact]
    public void The_table_for_Python_has_every_name_of_the_module() => Assert.Equal(
        Shell.Output("/usr/bin/env", "python3", "-c", $"import sys; sys.path.insert(0, '{Repository.File("sdk", "python")}'); import aeterna; print(*aeterna.__all__)")
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
        Calls("Python"));

    [Fact]
    public void The_table_for_C_has_every_function_of_the_header() => Assert.Equal(
        Declaration().Matches(File.ReadAllText(Repository.File("sdk", "c", "aeterna.h"))).Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal),
        Calls("C"));

    [Fact]
    public void The_table_for_CSharp_has_every_member_of_the_class() => Assert.Equal(
        typeof(AeternaService).GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(m => m is not MethodInfo { IsSpecialName: true }).Select(m => m.Name).Distinct().Order(StringComparer.Ordinal),
        Calls("C#"));

    [RootFact]
    public async Task A_generation_has_the_variables_of_the_table()
    {
        await using var engine = await LiveEngine.Start($$"""
            version: "v1"
            service:
              name: "NAME"
              command: ["/bin/sleep", "1000"]
              listeners: [{ name: count, address: "tcp://127.0.0.1:{{Ports.Next()}}", handoff: inherit }]
            orchestration: { state_handoff: { enabled: true } }
            """);
        var pid = (await engine.Status()).CurrentPid;
        var names = File.ReadAllText($"/proc/{pid}/environ").Split('\0').Select(v => v.Split('=')[0])
            .Where(name => Regex.IsMatch(name, "^(AETERNA_|LISTEN_|NOTIFY_SOCKET$)"))
            .Where(name => !name.StartsWith("AETERNA_", StringComparison.Ordinal) || Environment.GetEnvironmentVariable(name) is null);
        Assert.Equal(names.Order(StringComparer.Ordinal), Docs.FirstColumn(Section("What a generation is started with")).Order(StringComparer.Ordinal));
        Assert.StartsWith("socket:", new FileInfo($"/proc/{pid}/fd/3").LinkTarget, StringComparison.Ordinal);
    }

    [RootTheory]
    [InlineData("Python", "python", "python3", Counting.Immediate)]
    [InlineData("Python", "python", "python3", Counting.SplitSoak)]
    [InlineData("Node", "js", "node", Counting.Immediate)]
    [InlineData("Node", "js", "node", Counting.SplitSoak)]
    public async Task A_program_without_an_SDK_loses_no_count(string language, string mark, string program, string orchestration)
    {
        var folder = Temp.Folder();
        var file = Path.Combine(folder, "count");
        await File.WriteAllTextAsync(file, Section($"Without an SDK, in {language}").Split($"```{mark}\n")[1].Split("```")[0]);
        await Counting.GoesOn(["/usr/bin/env", program, file], orchestration, folder);
    }

    private static string Section(string heading) => _page.Split($"\n## {heading}\n")[1].Split("\n## ")[0];

    private static IEnumerable<string> Calls(string language) =>
        Docs.FirstColumn(Section(language)).Select(call => call.Split('(')[0]).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"(?m)^[^ /*#].*?\b(aeterna_\w+)\(")]
    private static partial Regex Declaration();
}

using System.Reflection;
using System.Text.RegularExpressions;

using Aeterna.Contract;
using Aeterna.Tests.Support;

using Microsoft.Extensions.Logging;

using Xunit;

namespace Aeterna.Tests.Layout;

/// <summary>docs/codes.md is made from the code; with AETERNA_WRITE_DOCS=1 in the environment it is written anew.</summary>
public partial class CodesTests
{
    [Fact]
    public void Exit_codes() => Compare("exit codes", Constants(typeof(ExitCode), "ExitCode.cs").OrderBy(c => int.Parse(c.Value, null)));

    [Fact]
    public void Problems() => Compare("problems", Constants(typeof(ProblemCode), "Requests.cs"));

    [Fact]
    public void Findings() => Compare("findings", Constants(typeof(FindingCode), "FindingCode.cs"));

    [Fact]
    public void Error_ids() => Compare(
        "error ids",
        Member().Matches(File.ReadAllText(Repository.File("src", "Aeterna.Client", "EngineError.cs"))).Select(m => ($"Aeterna.{m.Groups[2].Value}", m.Groups[1].Value)));

    [Fact]
    public void Log_events()
    {
        var events = CompiledCode.Engine.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => (Attribute: method.GetCustomAttribute<LoggerMessageAttribute>()!, Room: (method.DeclaringType!.Namespace ?? "Aeterna")["Aeterna".Length..].TrimStart('.')))
            .Where(e => e.Attribute is not null).OrderBy(e => e.Attribute.EventId).ToList();
        Assert.Equal(events.Select(e => e.Attribute.EventId).Distinct(), events.Select(e => e.Attribute.EventId)); // One number, one event.
        var rows = events.Select(e => $"| {e.Attribute.EventId} | {e.Room} | {Level(e.Attribute.Level)} | {e.Attribute.Message.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        Docs.Compare("codes.md", "log events", "| id | room | level | message |\n|---|---|---|---|\n" + string.Concat(rows));
    }

    private static string Level(LogLevel level) => level is LogLevel.None or (LogLevel)(-1) ? "as it comes" : level.ToString().ToLowerInvariant();

    private static void Compare(string mark, IEnumerable<(string Value, string Meaning)> codes) => Docs.Compare(
        "codes.md", mark, "| code | meaning |\n|---|---|\n" + string.Concat(codes.Select(c => $"| `{c.Value}` | {c.Meaning} |\n")));

    /// <summary>The constants of a class, with what the comment in front of each says.</summary>
    private static IEnumerable<(string Value, string Meaning)> Constants(Type type, string file)
    {
        var text = File.ReadAllText(Repository.File("src", "Aeterna.Contract", file));
        foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var comment = Regex.Match(text, $@"/// <summary>(.*?)</summary>\s+public const \w+ {field.Name} =");
            Assert.True(comment.Success, $"{type.Name}.{field.Name} has no comment of one line");
            yield return ($"{field.GetRawConstantValue()}", Plain(comment.Groups[1].Value));
        }
    }

    private static string Plain(string comment) => Mark().Replace(comment, m => $"`{m.Groups[1].Value}`");

    [GeneratedRegex("<c>(.*?)</c>")]
    private static partial Regex Mark();

    [GeneratedRegex(@"/// <summary>(.*?)</summary>\s+(\w+),")]
    private static partial Regex Member();
}

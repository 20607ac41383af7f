using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Aeterna.Configuration.Reading;
using Aeterna.Configuration.Sections;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Configuration.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>
/// The schema for editors and the tables of the manual say what the parser does. With AETERNA_WRITE_DOCS=1 in the
/// environment, the first two tests write them anew.
/// </summary>
public partial class DocumentationTests
{
    private static readonly JsonSerializerOptions _readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Paths => [.. KeyPaths.All(RootSection.Kind).Select(known => known.Path)];

    [Fact]
    public void The_schema_is_that_of_the_parser() =>
        IsInStep("aeterna.schema.json", _ => FormatDocument.Schema().ToJsonString(_readable) + "\n");

    [Fact]
    public void The_tables_of_the_manual_are_those_of_the_parser() =>
        IsInStep("configuration.md", manual => Table().Replace(manual, match =>
            $"<!-- table: {match.Groups[1].Value} -->\n{FormatDocument.Table(match.Groups[1].Value)}<!-- end -->"));

    [Fact]
    public void The_manual_has_a_table_of_every_section()
    {
        var there = Table().Matches(Read("configuration.md")).Select(match => match.Groups[1].Value);
        var sections = KeyPaths.All(RootSection.Kind)
            .Where(known => known.Key.Kind is ISectionKind or IListKind { Item: ISectionKind })
            .Select(known => known.Key.Kind is IListKind ? known.Path + "[]" : known.Path)
            // The three lists of commands share one table.
            .Where(path => !path.StartsWith("orchestration.post_process.on_", StringComparison.Ordinal));
        Assert.Equal(sections.Append("").Order(), there.Order());
    }

    [Fact]
    public void The_schema_has_the_keys_of_the_parser_and_no_others()
    {
        var inSchema = Walk(Schema(), "").Select(property => property.Path);
        var limits = KeyPaths.All(RootSection.Kind).Single(known => known.Path == "service.limits");
        Assert.IsType<WordMapKind<LimitPlan>>(limits.Key.Kind);
        Assert.Equal(KeyPaths.All(RootSection.Kind).Select(known => known.Path), inSchema);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_parser_takes_every_key_of_the_schema(string path)
    {
        var property = Walk(Schema(), "").Single(property => property.Path == path).Schema;
        var key = KeyPaths.All(RootSection.Kind).Single(known => known.Path == path).Key;
        if (key.Kind is ISectionKind or IListKind { Item: ISectionKind })
        {
            Assert.Empty(key.Example);
            return;
        }

        Assert.NotEmpty(key.Example);
        Assert.Empty(MiniSchema.Errors(MiniSchema.Parse(key.Example), property));
        Assert.Empty(Complaints(path, key.Example));
        foreach (var word in property["enum"]?.AsArray() ?? [])
        {
            Assert.Empty(Complaints(path, word!.ToJsonString()));
        }

        foreach (var bad in new[] { "{ a: b }", "[[a]]", "~", "\"\\0\"" })
        {
            Assert.NotEmpty(Complaints(path, bad));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_default_written_out_changes_nothing(string path)
    {
        var property = Walk(Schema(), "").Single(property => property.Path == path).Schema;
        if (property["default"] is not { } value)
        {
            return;
        }

        Assert.Empty(MiniSchema.Errors(value, property));
        Assert.Empty(Complaints(path, value.ToJsonString(_readable)));
        Assert.Equal(Meaning(SampleFile.With(path, null)), Meaning(SampleFile.With(path, value.ToJsonString(_readable))));
    }

    [Theory]
    [InlineData("original.yaml")]
    [InlineData("everything.yaml")]
    public void Parser_and_schema_agree_on_good_files(string name)
    {
        var text = File.ReadAllText(Yaml.FileOf(name));
        Assert.NotNull(Yaml.Load(text).Plan);
        Assert.Empty(MiniSchema.Errors(MiniSchema.Parse(text), Schema()));
    }

    [Fact]
    public void The_full_file_has_every_key()
    {
        var text = File.ReadAllText(Yaml.FileOf("everything.yaml"));
        var loaded = Yaml.Load(text);
        // Of the probes there is one at a time, and signal is one of two ways.
        string[] alternatives = ["orchestration.canary.health_check.http_get", "orchestration.canary.health_check.command", "orchestration.state_handoff.signal"];
        var missing = KeyPaths.All(RootSection.Kind)
            .Select(known => known.Path.Replace("[]", "[0]", StringComparison.Ordinal))
            .Where(path => !loaded.Places.Has(path) && !path.StartsWith("orchestration.post_process.on_", StringComparison.Ordinal));
        Assert.Equal(alternatives, missing);
    }

    [Theory]
    [InlineData("{ version: v1, service: { name: a, command: [b] }, more: 1 }", ".more: unknown")]
    [InlineData("{ version: v1, service: { name: a, command: [] } }", ".service.command: minItems")]
    [InlineData("{ version: v1, service: { name: a } }", ".service.command: required")]
    [InlineData("{ version: v3, service: { name: a, command: [b] } }", ".version: enum")]
    [InlineData("{ version: v1, service: { name: a, command: [b] }, orchestration: { drain: { timeout: 30 } } }", ".orchestration.drain.timeout: type")]
    [InlineData("{ version: v1, service: { name: a, command: [b] }, orchestration: { drain: { timeout: 30x } } }", ".orchestration.drain.timeout: pattern")]
    [InlineData("{ version: v1, service: { name: a, command: [b], limits: { nofiles: 1 } } }", ".service.limits.nofiles: unknown")]
    public void Parser_and_schema_agree_on_bad_files(string text, string error)
    {
        Assert.Null(Yaml.Load(text).Plan);
        Assert.Equal([error], MiniSchema.Errors(MiniSchema.Parse(text), Schema()));
    }

    [GeneratedRegex("<!-- table: (.*?) -->.*?<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Table();

    private static JsonObject Schema() => JsonNode.Parse(Read("aeterna.schema.json"))!.AsObject();

    private static string Read(string name) => File.ReadAllText(Path.Combine(Yaml.Root(), "docs", name));

    private static void IsInStep(string name, Func<string, string> made)
    {
        var path = Path.Combine(Yaml.Root(), "docs", name);
        if (Environment.GetEnvironmentVariable("AETERNA_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, made(File.Exists(path) ? File.ReadAllText(path) : ""));
        }

        Assert.Equal(made(Read(name)), Read(name));
    }

    /// <summary>Complaints about the value or the key; that it does not go with others is no matter here.</summary>
    private static IEnumerable<string> Complaints(string path, string value) =>
        Yaml.Load(SampleFile.With(path, value)).Findings.Where(finding => finding.Code is not ("conflict" or "no_effect")).Select(finding => finding.ToString());

    private static string Meaning(string text)
    {
        var loaded = Yaml.Load(text.Replace("health_check: { ", "health_check: { command: [a], ", StringComparison.Ordinal));
        Assert.True(loaded.Plan is not null, string.Join('\n', loaded.Findings));
        // Any key at all enables a state handoff: that is not what is asked here.
        var orchestration = loaded.Plan.Orchestration;
        orchestration = orchestration with { StateHandoff = orchestration.StateHandoff with { Enabled = false } };
        return Dump.Of(loaded.Plan with { Orchestration = orchestration, SourcePath = "", SourceSha256 = "", SourceText = "" });
    }

    private static IEnumerable<(string Path, JsonObject Schema)> Walk(JsonObject schema, string prefix)
    {
        foreach (var (name, node) in schema["properties"]!.AsObject())
        {
            var property = node!.AsObject();
            yield return (prefix + name, property);
            var (inner, separator) = property["items"] is JsonObject items ? (items, "[].") : (property, ".");
            foreach (var below in inner["properties"] is null ? [] : Walk(inner, prefix + name + separator))
            {
                yield return below;
            }
        }
    }
}

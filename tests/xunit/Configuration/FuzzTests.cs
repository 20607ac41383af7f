using System.Text;
using Aeterna.Tests.Configuration.Support;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>Whatever the file is, the answer is a plan or a finding with a place in it.</summary>
public class FuzzTests
{
    private static readonly string[] _seeds = [File.ReadAllText(Yaml.FileOf("original.yaml")), File.ReadAllText(Yaml.FileOf("everything.yaml"))];

    private static readonly string[] _splinters =
    [
        "\t", "\0", "[", "]", "{", "}", ": ", "- ", "\"", "'", "&a ", "*a ", "!x ", "? ", "|\n", ">\n", "#", "%", "@", "---\n", "...\n", "\uFEFF",
        "\ud83d\ude00", "\\", "\r", "~", "0x", "99999999999999999999", "<<: *a\n", ",", "\u2028",
    ];

    [Fact]
    public void Random_text_never_throws() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => Sound(Encoding.UTF8.GetBytes(text ?? ""))));

    [Fact]
    public void Random_bytes_never_throw() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => Sound(bytes ?? [])));

    [Fact]
    public void Splinters_of_yaml_never_throw()
    {
        var texts = Gen.Elements(_splinters.Concat(["a", "service: ", "version: v1\n", "\n  "]).ToArray()).ListOf().Select(parts => string.Concat(parts));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(texts.ToArbitrary(), text => Sound(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void Mutated_configurations_never_throw()
    {
        var mutations = from seed in Gen.Elements(_seeds)
                        from edits in Gen.Choose(0, 1 << 24).Zip(Gen.Choose(0, 1 << 24)).ListOf(4)
                        select edits.Aggregate(seed, Mutate);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(600), Prop.ForAll(mutations.ToArbitrary(), text => Sound(Encoding.UTF8.GetBytes(text))));
    }

    private static string Mutate(string text, (int Where, int What) edit)
    {
        var at = edit.Where % (text.Length + 1);
        var length = Math.Min(edit.What / 8 % 12, text.Length - at);
        return (edit.What % 8) switch
        {
            0 or 1 => text.Remove(at, length),
            2 => text.Insert(at, text.Substring(at, length)),
            3 => text.Insert(at, text[..at]),
            4 => text[..at],
            _ => text.Insert(at, _splinters[edit.What / 8 % _splinters.Length]),
        };
    }

    private static bool Sound(byte[] bytes)
    {
        var result = Yaml.Load(bytes);
        var lines = Encoding.UTF8.GetString(bytes).Count(c => c is '\n' or '\r' or '\u2028' or '\u2029' or '\u0085') + 2;
        return result.Findings.All(finding => finding.Line >= 1 && finding.Line <= lines && finding.Column >= 1 && finding.Message.Length > 0)
            && (result.Plan is null) == result.Findings.Any(finding => finding.Severity == "error");
    }
}

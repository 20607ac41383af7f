using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;
using Aeterna.Configuration.Reading;
using Aeterna.Configuration.Sections;
using Aeterna.Contract;

namespace Aeterna.Tests.Configuration.Support;

/// <summary>The documentation of the format as the parser's own tables give it.</summary>
internal static class FormatDocument
{
    private static readonly string[] _numbers = ["string", "integer"];

    /// <summary>docs/aeterna.schema.json.</summary>
    public static JsonObject Schema()
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Aeterna configuration (aeterna.yaml)",
        };
        foreach (var (name, value) in Section(RootSection.Kind))
        {
            schema[name] = value?.DeepClone();
        }

        return schema;
    }

    /// <summary>The table of one section in docs/configuration.md; the path is as in <c>service.listeners[]</c>.</summary>
    public static string Table(string path)
    {
        ISectionKind section = RootSection.Kind;
        if (path.Length > 0)
        {
            var kind = KeyPaths.All(section).Single(known => known.Path == path || known.Path + "[]" == path).Key.Kind;
            section = (ISectionKind)(kind is IListKind list ? list.Item : kind);
        }

        var rows = section.Keys.Select(key => $"| `{key.Name}` | {Type(key.Kind)} | {DefaultOf(key)} | {key.Meaning} | {Code(key.Example)} |");
        return $"| key | type | default | meaning | example |\n|---|---|---|---|---|\n{string.Join('\n', rows)}\n";
    }

    /// <summary>A default as the file would have it; null when there is none.</summary>
    public static string? Written(Key key) => key.Default switch
    {
        null => null,
        TimeSpan duration => Durations.Format(duration),
        bool boolean => boolean ? "true" : "false",
        OptionalEndpoint endpoint => $":{endpoint.Endpoint!.Port}",
        long size => size % (1L << 30) == 0 ? $"{size >> 30}GiB" : $"{size}",
        int percentage when key.Kind == Kinds.Percentage => $"{percentage}%",
        Enum word => ((IScalarKind)key.Kind).Words!.First(known => Plain(known) == Plain(word.ToString())),
        var other => string.Create(CultureInfo.InvariantCulture, $"{other}"),
    };

    private static JsonObject Of(Kind kind) => kind switch
    {
        ISectionKind section => Section(section),
        IListKind { NotEmpty: true } list => new() { ["type"] = "array", ["items"] = Of(list.Item), ["minItems"] = 1 },
        IListKind list => new() { ["type"] = "array", ["items"] = Of(list.Item) },
        IWordMapKind map => new()
        {
            ["type"] = "object",
            ["propertyNames"] = new JsonObject { ["enum"] = Array(map.Words) },
            ["additionalProperties"] = Of(map.Value),
        },
        IScalarKind { Pattern: null } => new() { ["type"] = "boolean" },
        IScalarKind { Words: { } words } scalar => new() { ["enum"] = Array(words.Concat(scalar.TakesNumbers ? [1.0] : Enumerable.Empty<object>())) },
        IScalarKind { TakesNumbers: true } scalar => new() { ["type"] = Array(_numbers), ["pattern"] = scalar.Pattern },
        IScalarKind scalar => new() { ["type"] = "string", ["pattern"] = scalar.Pattern },
        _ => throw new InvalidOperationException($"no schema for {kind}"),
    };

    private static JsonObject Section(ISectionKind section)
    {
        var properties = new JsonObject();
        foreach (var key in section.Keys)
        {
            properties[key.Name] = Property(key);
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (section.Keys.Any(key => key.Required))
        {
            schema["required"] = Array(section.Keys.Where(key => key.Required).Select(key => key.Name));
        }

        return schema;
    }

    private static JsonObject Property(Key key)
    {
        var schema = Of(key.Kind);
        var meaning = char.ToUpperInvariant(key.Meaning[0]) + key.Meaning[1..];
        var takes = key.Kind is IScalarKind { Words: null, Pattern: not null } ? $" Takes {key.Kind.Expected}." : "";
        var otherwise = key.DefaultNote is { } note ? $" Default: {note}." : "";
        schema.Insert(0, "description", (meaning + "." + takes + otherwise).Replace("`", "", StringComparison.Ordinal));
        if (Written(key) is { } value)
        {
            schema["default"] = key.Default switch
            {
                bool boolean => boolean,
                int number when key.Kind != Kinds.Percentage => number,
                _ => value,
            };
        }

        return schema;
    }

    private static string Type(Kind kind) => kind switch
    {
        ISectionKind => "section",
        IListKind { Item: ISectionKind } => "list of sections",
        IListKind { NotEmpty: true } => "command",
        IListKind => "list of assignments `NAME=value`",
        IWordMapKind => "limits by name",
        IScalarKind { Pattern: null } => "`true` or `false`",
        IScalarKind { Words: { } words } => string.Join(", ", words.Select(Code)),
        ScalarKind<TimeSpan> when kind == Kinds.PositiveDuration => "duration above zero",
        ScalarKind<TimeSpan> => "duration",
        ScalarKind<long> => "size",
        _ => kind.Expected.Split(" such as")[0].TrimEnd(','),
    };

    private static string DefaultOf(Key key) => key switch
    {
        { Required: true } => "**has to be given**",
        { DefaultNote: { } note } => note,
        { Kind: ISectionKind, Name: not ("health_check" or "tls" or "limits") } => "as below",
        _ => Written(key) is { } value ? Code(value) : "none",
    };

    private static string Code(string text) => text.Length == 0 ? "" : $"`{text}`";

    private static string Plain(string word) => word.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    private static JsonArray Array(IEnumerable items) => [.. items.Cast<object>().Select(item => JsonValue.Create(item))];
}

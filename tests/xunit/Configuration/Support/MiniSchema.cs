using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Aeterna.Configuration;
using Aeterna.Configuration.Yaml;

namespace Aeterna.Tests.Configuration.Support;

/// <summary>As much of JSON Schema as docs/aeterna.schema.json uses, to see what an editor would say.</summary>
internal static class MiniSchema
{
    public static JsonNode? Parse(string yaml) => Json(YamlTree.Parse(yaml, new FindingList("test"))!);

    /// <summary>What is wrong, as <c>path: keyword</c>.</summary>
    public static IEnumerable<string> Errors(JsonNode? value, JsonObject schema, string path = "")
    {
        if (schema["type"] is { } type && !Types(type).Any(allowed => Is(value, allowed)))
        {
            return [$"{path}: type"];
        }

        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
        {
            return [$"{path}: enum"];
        }

        if (schema["pattern"] is { } pattern && Is(value, "string") && !Regex.IsMatch((string)value!, (string)pattern!, RegexOptions.ECMAScript))
        {
            return [$"{path}: pattern"];
        }

        return value switch
        {
            JsonArray array => OfArray(array, schema, path),
            JsonObject map => OfObject(map, schema, path),
            _ => [],
        };
    }

    private static IEnumerable<string> OfArray(JsonArray array, JsonObject schema, string path)
    {
        if (schema["minItems"] is { } least && array.Count < (int)least)
        {
            yield return $"{path}: minItems";
        }

        foreach (var error in array.SelectMany(item => Errors(item, schema["items"]!.AsObject(), path + "[]")))
        {
            yield return error;
        }
    }

    private static IEnumerable<string> OfObject(JsonObject map, JsonObject schema, string path)
    {
        foreach (var missing in (schema["required"] as JsonArray ?? []).Where(name => !map.ContainsKey((string)name!)))
        {
            yield return $"{path}.{missing}: required";
        }

        foreach (var (name, value) in map)
        {
            var inner = schema["properties"]?[name] ?? schema["additionalProperties"]!;
            var known = schema["propertyNames"] is not { } names || names["enum"]!.AsArray().Any(word => (string)word! == name);
            if (!known || inner is not JsonObject innerSchema)
            {
                yield return $"{path}.{name}: unknown";
                continue;
            }

            foreach (var error in Errors(value, innerSchema, $"{path}.{name}"))
            {
                yield return error;
            }
        }
    }

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray several ? several.Select(one => (string)one!) : [(string)type!];

    private static bool Is(JsonNode? value, string type) => (value, type) switch
    {
        (JsonObject, "object") or (JsonArray, "array") => true,
        (JsonValue scalar, "string") => scalar.GetValueKind() == System.Text.Json.JsonValueKind.String,
        (JsonValue scalar, "boolean") => scalar.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
        (JsonValue scalar, "integer") => scalar.TryGetValue<double>(out var number) && Math.Floor(number) == number,
        _ => false,
    };

    private static JsonNode? Json(YamlNode node) => node switch
    {
        ListNode list => new JsonArray([.. list.Items.Select(Json)]),
        MapNode map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(((ScalarNode)entry.Key).Text, Json(entry.Value)))),
        ScalarNode { IsNull: true } => null,
        ScalarNode { AsBoolean: { } boolean } => JsonValue.Create(boolean),
        ScalarNode { IsNumber: true } scalar when double.TryParse(scalar.Text, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        ScalarNode scalar => JsonValue.Create(scalar.Text),
        _ => throw new InvalidOperationException($"unexpected {node.Found}"),
    };
}

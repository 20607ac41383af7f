using Aeterna.Configuration.Yaml;
using Aeterna.Contract;

namespace Aeterna.Configuration.Reading;

/// <summary>A mapping with known keys.</summary>
internal interface ISectionKind
{
    IReadOnlyList<Key> Keys { get; }
}

/// <summary>A mapping with known keys, and what is made of it.</summary>
/// <param name="keys">The keys that it takes.</param>
/// <param name="make">Makes the record; called even when some values could not be read.</param>
internal sealed class SectionKind<T>(IReadOnlyList<Key> keys, Func<Section, T> make) : Kind<T>, ISectionKind
{
    public IReadOnlyList<Key> Keys { get; } = keys;

    public override string Expected => "a mapping (keys with values)";

    protected override bool TryReadValue(YamlNode node, string path, Pass pass, out T value)
    {
        value = default!;
        if (node is not MapNode map)
        {
            pass.WrongValue(node, path, FindingCode.WrongType, $"{Expected} such as {Keys[0].Name}", null);
            return false;
        }

        var values = new Dictionary<string, object?>();
        var seen = new Dictionary<string, Place>();
        foreach (var (keyNode, valueNode) in map.Entries)
        {
            if (Known(keyNode, path, pass, seen) is { } key)
            {
                var keyPath = Join(path, key.Name);
                pass.Places.Add(keyPath, keyNode.Place);
                if (key.TryRead(valueNode, keyPath, pass, out var read))
                {
                    values[key.Name] = read;
                }
            }
        }

        foreach (var missing in Keys.Where(key => key.Required && !seen.ContainsKey(key.Name)))
        {
            pass.Findings.Error(
                path.Length == 0 ? Place.Start : pass.Places.Of(path),
                FindingCode.MissingKey,
                $"{Join(path, missing.Name)} is missing: {missing.Meaning}",
                missing.Example.Length == 0 ? null : $"for example {missing.Name}: {missing.Example}");
        }

        value = make(new Section(values));
        return true;
    }

    private Key? Known(YamlNode node, string path, Pass pass, Dictionary<string, Place> seen)
    {
        if (node is not ScalarNode { Text: var name })
        {
            pass.Findings.Error(node.Place, FindingCode.BadKey, $"{Subject(path)}expected a word as the key, found {node.Found}");
            return null;
        }

        if (!seen.TryAdd(name, node.Place))
        {
            pass.Findings.Error(
                node.Place,
                FindingCode.DuplicateKey,
                $"{Subject(path)}the key {Printable.Quote(name)} was given before, in line {seen[name].Line}",
                "remove one of the two");
            return null;
        }

        var key = Keys.FirstOrDefault(key => key.Name == name);
        if (key is null)
        {
            pass.Findings.Error(
                node.Place, FindingCode.UnknownKey, $"{Subject(path)}unknown key {Printable.Quote(name)}", UnknownKey.Hint(name, path, Keys, pass.Root));
        }

        return key;
    }

    private static string Subject(string path) => path.Length == 0 ? "" : $"{path}: ";

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}

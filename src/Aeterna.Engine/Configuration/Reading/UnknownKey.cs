namespace Aeterna.Configuration.Reading;

/// <summary>What to say to an unknown key: the nearest known one, else the section that it belongs to, else what there is.</summary>
internal static class UnknownKey
{
    public static string Hint(string name, string path, IReadOnlyList<Key> keys, ISectionKind root)
    {
        if (Nearest.To(name, keys.Select(key => key.Name)) is { } near)
        {
            return $"did you mean {near}?";
        }

        if (name == "<<")
        {
            return "YAML 1.2 has no merge key: write the keys out";
        }

        var elsewhere = KeyPaths.All(root).FirstOrDefault(known => known.Key.Name == name && known.Path != path).Path;
        return elsewhere is null
            ? $"known here: {string.Join(", ", keys.Select(key => key.Name))}"
            : $"did you mean {elsewhere}?";
    }
}

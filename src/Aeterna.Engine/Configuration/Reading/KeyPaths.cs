namespace Aeterna.Configuration.Reading;

/// <summary>Walks the tables of keys.</summary>
internal static class KeyPaths
{
    /// <summary>Every key below a section with its path, list items as <c>[]</c>: <c>service.listeners[].address</c>.</summary>
    public static IEnumerable<(string Path, Key Key)> All(ISectionKind section, string prefix = "")
    {
        foreach (var key in section.Keys)
        {
            var path = prefix + key.Name;
            yield return (path, key);
            var (inner, separator) = key.Kind is IListKind { Item: var item } ? (item, "[].") : (key.Kind, ".");
            if (inner is ISectionKind nested)
            {
                foreach (var below in All(nested, path + separator))
                {
                    yield return below;
                }
            }
        }
    }
}

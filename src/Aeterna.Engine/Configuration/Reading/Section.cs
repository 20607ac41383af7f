namespace Aeterna.Configuration.Reading;

/// <summary>The values of one mapping that could be read.</summary>
internal sealed class Section(IReadOnlyDictionary<string, object?> values)
{
    /// <summary>Whether any key was given, and its value read.</summary>
    public bool IsEmpty => values.Count == 0;

    public bool Has(Key key) => values.ContainsKey(key.Name);

    /// <summary>The value, or what the key says holds otherwise.</summary>
    public T Get<T>(Key<T> key) => values.TryGetValue(key.Name, out var value) ? (T)value! : key.Otherwise!;

    /// <summary>The value, or null.</summary>
    public T? Find<T>(Key<T> key)
        where T : class => values.TryGetValue(key.Name, out var value) ? (T?)value : null;

    /// <summary>The value, or null.</summary>
    public T? FindValue<T>(Key<T> key)
        where T : struct => values.TryGetValue(key.Name, out var value) ? (T?)value : null;
}

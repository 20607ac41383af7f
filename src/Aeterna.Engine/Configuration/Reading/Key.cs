using Aeterna.Configuration.Yaml;

namespace Aeterna.Configuration.Reading;

/// <summary>One key of a section. The tables of these are what the parser knows; the documentation is tested against them.</summary>
internal abstract class Key(string name, string meaning)
{
    public string Name { get; } = name;

    /// <summary>What it is, as a phrase that goes on after "KEY:".</summary>
    public string Meaning { get; } = meaning;

    /// <summary>A value as the file has it; empty for sections and lists of sections.</summary>
    public string Example { get; init; } = "";

    public bool Required { get; init; }

    /// <summary>What holds when the file does not say, where that is no fixed value.</summary>
    public string? DefaultNote { get; init; }

    public abstract Kind Kind { get; }

    /// <summary>What holds when the file does not say; null when that is nothing, or no fixed value.</summary>
    public abstract object? Default { get; }

    public abstract bool TryRead(YamlNode node, string path, Pass pass, out object? value);
}

internal sealed class Key<T>(string name, Kind<T> kind, string meaning) : Key(name, meaning)
{
    /// <summary>What holds when the file does not say; of a required key: what stands in for it until the file is refused.</summary>
    public T? Otherwise { get; init; }

    /// <summary>Whether <see cref="Otherwise"/> is meant as a default.</summary>
    public bool HasDefault { get; init; }

    public override Kind Kind { get; } = kind;

    public override object? Default => HasDefault ? Otherwise : null;

    public override bool TryRead(YamlNode node, string path, Pass pass, out object? value)
    {
        var sound = kind.TryRead(node, path, pass, out var read);
        value = read;
        return sound;
    }
}

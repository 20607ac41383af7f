using Aeterna.Configuration.Yaml;

namespace Aeterna.Configuration.Reading;

/// <summary>A mapping whose keys are known words and whose values are all of one kind.</summary>
internal interface IWordMapKind
{
    IReadOnlyList<string> Words { get; }

    Kind Value { get; }
}

/// <summary>A mapping whose keys are known words and whose values are all of one kind: <c>service.limits</c>.</summary>
internal sealed class WordMapKind<T>(IReadOnlyList<string> words, Kind<T> value)
    : Kind<IReadOnlyDictionary<string, T>>, IWordMapKind
{
    private readonly SectionKind<IReadOnlyDictionary<string, T>> _section = Section(words, value);

    public override string Expected => _section.Expected;

    public IReadOnlyList<string> Words { get; } = words;

    public Kind Value { get; } = value;

    protected override bool TryReadValue(YamlNode node, string path, Pass pass, out IReadOnlyDictionary<string, T> read) =>
        _section.TryRead(node, path, pass, out read);

    private static SectionKind<IReadOnlyDictionary<string, T>> Section(IReadOnlyList<string> words, Kind<T> value)
    {
        var keys = words.Select(word => new Key<T>(word, value, word)).ToArray();
        return new(keys, section => keys.Where(section.Has).ToDictionary(key => key.Name, section.Get));
    }
}

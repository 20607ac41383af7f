using Aeterna.Configuration.Yaml;

namespace Aeterna.Configuration.Reading;

/// <summary>One pass over one file: what the kinds and sections report to.</summary>
internal sealed class Pass(FindingList findings, SourceMap places, ISectionKind root)
{
    private readonly HashSet<string> _broken = [];

    public FindingList Findings { get; } = findings;

    public SourceMap Places { get; } = places;

    /// <summary>The whole format, to find where a misplaced key belongs.</summary>
    public ISectionKind Root { get; } = root;

    /// <summary>Whether the file has this key, and its value could be read.</summary>
    public bool Sound(string path) => Places.Has(path) && !_broken.Contains(path);

    /// <summary>Reports a value that is not what its key takes.</summary>
    public void WrongValue(YamlNode node, string path, string code, string expected, string? hint)
    {
        _broken.Add(path);
        var subject = path.Length == 0 ? "" : $"{path}: ";
        Findings.Error(node.Place, code, $"{subject}expected {expected}, found {node.Found}", hint);
    }

    /// <summary>Marks a value about which something was reported already.</summary>
    public void Broken(string path) => _broken.Add(path);
}

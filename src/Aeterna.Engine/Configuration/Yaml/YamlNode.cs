using System.Text.RegularExpressions;

namespace Aeterna.Configuration.Yaml;

/// <summary>A value in the file, with its place.</summary>
internal abstract class YamlNode(Place place)
{
    public Place Place { get; } = place;

    /// <summary>Number of nodes that it stands for once its aliases are followed.</summary>
    public virtual long Size => 1;

    /// <summary>What it is, as in <c>the number 5</c> or <c>a list</c>.</summary>
    public abstract string Found { get; }
}

/// <summary>A value about which a finding was reported already; nothing more is said of it.</summary>
internal sealed class UnusableNode(Place place) : YamlNode(place)
{
    public override string Found => "something else";
}

/// <summary>A text, number, boolean or null, told apart by the core schema of YAML 1.2.</summary>
internal sealed partial class ScalarNode(Place place, string text, bool plain) : YamlNode(place)
{
    public string Text { get; } = text;

    /// <summary>It was written without quotes.</summary>
    public bool Plain { get; } = plain;

    public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";

    public bool? AsBoolean => !Plain ? null : Text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    public bool IsNumber => Plain && Number().IsMatch(Text);

    public override string Found => this switch
    {
        { IsNull: true } => "nothing",
        { AsBoolean: not null } => Text,
        { IsNumber: true } => $"the number {Printable.Cut(Text)}",
        _ => $"the text {Printable.Quote(Text)}",
    };

    [GeneratedRegex(@"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$")]
    private static partial Regex Number();
}

internal sealed class ListNode(Place place, IReadOnlyList<YamlNode> items) : YamlNode(place)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;

    public override long Size { get; } = 1 + items.Sum(item => item.Size);

    public override string Found => Items.Count == 0 ? "an empty list" : "a list";
}

internal sealed class MapNode(Place place, IReadOnlyList<KeyValuePair<YamlNode, YamlNode>> entries) : YamlNode(place)
{
    public IReadOnlyList<KeyValuePair<YamlNode, YamlNode>> Entries { get; } = entries;

    public override long Size { get; } = 1 + entries.Sum(entry => entry.Key.Size + entry.Value.Size);

    public override string Found => "a mapping (keys with values)";
}

using Aeterna.Contract;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Aeterna.Configuration.Yaml;

/// <summary>
/// Text to a tree of nodes. YamlDotNet's events are taken rather than its own tree: that one ends at the first duplicate
/// key, and recurses as deep as the text nests. Bounded in depth and, with aliases counted as often as they are used, in size.
/// </summary>
internal sealed class YamlTree
{
    private const int MostDepth = 32;
    private const long MostNodes = 10_000;

    private readonly Parser _parser;
    private readonly FindingList _findings;
    private readonly Dictionary<string, YamlNode> _anchors = [];

    // Lists in brackets and mappings in braces that were begun and not ended yet.
    private readonly Stack<Place> _openFlow = new();
    private long _nodes;

    private YamlTree(string text, FindingList findings)
    {
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        _findings = findings;
    }

    /// <summary>The one document of the text; null, with a finding, when there is none that can be read.</summary>
    public static YamlNode? Parse(string text, FindingList findings)
    {
        var tree = new YamlTree(text, findings);
        try
        {
            return tree.Document();
        }
        catch (YamlException error)
        {
            if (tree._openFlow.Count > 0 && error.Start.Index >= text.TrimEnd().Length)
            {
                tree.ReportWithoutMark();
            }
            else
            {
                SyntaxErrors.Report(text, error, findings);
            }
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            // YamlDotNet 16.3 answers some broken texts so, such as a list in brackets that is never closed and an
            // escape that is no character, and does not say where.
            tree.ReportWithoutMark();
        }
        catch (TooLargeException error)
        {
            findings.Error(error.Place, FindingCode.TooLarge, error.Message);
        }

        return null;
    }

    private YamlNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            _findings.Error(Place.Start, FindingCode.Empty, "the file is empty: expected at least version and service");
            return null;
        }

        _parser.Consume<DocumentStart>();
        var root = Node(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
        {
            _findings.Error(At(second), FindingCode.SeveralDocuments, "expected one document, found a second one", "remove the line ---");
            return null;
        }

        return root;
    }

    private YamlNode Node(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Aliased(alias, At(alias));
        }

        var start = _parser.Consume<NodeEvent>();
        var place = At(start);
        Count(1, place);
        if (depth == MostDepth)
        {
            throw new TooLargeException(place, $"nested more than {MostDepth} levels deep");
        }

        var node = Contents(start, place, depth);
        if (!start.Tag.IsEmpty && !start.Tag.IsNonSpecific)
        {
            _findings.Error(place, FindingCode.Tag, $"the tag {Printable.Cut(start.Tag.Value)} is not taken", "write the value without it");
            node = new UnusableNode(place);
        }

        if (!start.Anchor.IsEmpty)
        {
            _anchors[start.Anchor.Value] = node;
        }

        return node;
    }

    private YamlNode Contents(NodeEvent start, Place place, int depth)
    {
        if (start is Scalar scalar)
        {
            return new ScalarNode(place, scalar.Value, scalar.Style == ScalarStyle.Plain);
        }

        var flow = start is SequenceStart { Style: SequenceStyle.Flow } or MappingStart { Style: MappingStyle.Flow };
        if (flow)
        {
            _openFlow.Push(place);
        }

        YamlNode node = start is SequenceStart ? new ListNode(place, Items(depth)) : new MapNode(place, Entries(depth));
        if (flow)
        {
            _openFlow.Pop();
        }

        return node;
    }

    private YamlNode Aliased(AnchorAlias alias, Place place)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var target))
        {
            var name = Printable.Cut(alias.Value.Value);
            _findings.Error(place, FindingCode.UnknownAlias, $"*{name} stands for nothing: there is no &{name} before it");
            return new UnusableNode(place);
        }

        Count(target.Size, place);
        return target;
    }

    private List<YamlNode> Items(int depth)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Node(depth + 1));
        }

        return items;
    }

    private List<KeyValuePair<YamlNode, YamlNode>> Entries(int depth)
    {
        var entries = new List<KeyValuePair<YamlNode, YamlNode>>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = Node(depth + 1);
            entries.Add(new(key, Node(depth + 1)));
        }

        return entries;
    }

    private void Count(long nodes, Place place)
    {
        _nodes += nodes;
        if (_nodes > MostNodes)
        {
            throw new TooLargeException(place, $"more than {MostNodes} values, aliases followed: this is no configuration");
        }
    }

    private void ReportWithoutMark()
    {
        if (_openFlow.TryPeek(out var opened))
        {
            _findings.Error(opened, FindingCode.Syntax, "not valid YAML: what begins here is not closed, or broken inside", "look for the missing ] or }");
            return;
        }

        var last = _parser.Current is { } parsed ? new Place((int)parsed.End.Line, (int)parsed.End.Column) : Place.Start;
        _findings.Error(last, FindingCode.Syntax, "not valid YAML: cannot make sense of what follows here", "look for a bad \\ escape or a missing quote");
    }

    private static Place At(ParsingEvent @event) => new((int)@event.Start.Line, (int)@event.Start.Column);

    private sealed class TooLargeException(Place place, string message) : Exception(message)
    {
        public Place Place { get; } = place;
    }
}

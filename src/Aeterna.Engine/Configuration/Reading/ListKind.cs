using Aeterna.Configuration.Yaml;
using Aeterna.Contract;

namespace Aeterna.Configuration.Reading;

/// <summary>A list whose items are all of one kind.</summary>
internal interface IListKind
{
    Kind Item { get; }

    /// <summary>An empty one is refused.</summary>
    bool NotEmpty { get; }
}

/// <summary>A list whose items are all of one kind. One item that cannot be read spoils it: places would no longer fit.</summary>
internal sealed class ListKind<T>(Kind<T> item, string expected) : Kind<IReadOnlyList<T>>, IListKind
{
    public override string Expected { get; } = expected;

    public Kind Item { get; } = item;

    public bool NotEmpty { get; init; }

    /// <summary>What else the first item has to be; returns what was expected when it is not.</summary>
    public Func<T, string?>? FirstMustBe { get; init; }

    protected override bool TryReadValue(YamlNode node, string path, Pass pass, out IReadOnlyList<T> value)
    {
        value = [];
        if (node is not ListNode list || (NotEmpty && list.Items.Count == 0))
        {
            pass.WrongValue(node, path, FindingCode.WrongType, Expected, node is ScalarNode ? "write a list in brackets: [a, b]" : null);
            return false;
        }

        var items = new List<T>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            var itemPath = $"{path}[{i}]";
            pass.Places.Add(itemPath, list.Items[i].Place);
            if (!item.TryRead(list.Items[i], itemPath, pass, out var read))
            {
                continue;
            }

            items.Add(read);
            if (i == 0 && FirstMustBe?.Invoke(read) is { } expected)
            {
                pass.WrongValue(list.Items[i], itemPath, FindingCode.BadValue, expected, null);
            }
        }

        value = items;
        if (items.Count == list.Items.Count)
        {
            return true;
        }

        pass.Broken(path);
        return false;
    }
}

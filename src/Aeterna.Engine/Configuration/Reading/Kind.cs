using Aeterna.Configuration.Yaml;
using Aeterna.Contract;

namespace Aeterna.Configuration.Reading;

/// <summary>What a key takes.</summary>
internal abstract class Kind
{
    /// <summary>What a finding says was expected, as in <c>a duration such as 500ms</c>.</summary>
    public abstract string Expected { get; }
}

/// <summary>What a key takes, and how it becomes a <typeparamref name="T"/>.</summary>
internal abstract class Kind<T> : Kind
{
    /// <summary>Reads a value; false, with a finding, when it is not of this kind.</summary>
    public bool TryRead(YamlNode node, string path, Pass pass, out T value)
    {
        value = default!;
        if (node is UnusableNode)
        {
            pass.Broken(path);
            return false;
        }

        if (node is ScalarNode { IsNull: true })
        {
            pass.WrongValue(node, path, FindingCode.NullValue, Expected, "give it a value, or remove the key");
            return false;
        }

        return TryReadValue(node, path, pass, out value);
    }

    protected abstract bool TryReadValue(YamlNode node, string path, Pass pass, out T value);
}

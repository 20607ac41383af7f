using Aeterna.Configuration.Yaml;
using Aeterna.Contract;

namespace Aeterna.Configuration.Reading;

/// <summary><c>true</c> or <c>false</c>, as YAML 1.2 has them: without quotes, and no <c>yes</c> or <c>off</c>.</summary>
internal sealed class BooleanKind : Kind<bool>, IScalarKind
{
    public override string Expected => "true or false";

    public string? Pattern => null;

    public bool TakesNumbers => false;

    public IReadOnlyList<string>? Words => null;

    protected override bool TryReadValue(YamlNode node, string path, Pass pass, out bool value)
    {
        value = false;
        if (node is ScalarNode { AsBoolean: { } read })
        {
            value = read;
            return true;
        }

        var hint = (node as ScalarNode)?.Text.ToLowerInvariant() switch
        {
            "yes" or "on" or "true" or "1" => "write true",
            "no" or "off" or "false" or "0" => "write false",
            _ => null,
        };
        pass.WrongValue(node, path, FindingCode.WrongType, Expected, hint);
        return false;
    }
}

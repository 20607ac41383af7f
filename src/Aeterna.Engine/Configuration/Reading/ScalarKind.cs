using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Aeterna.Configuration.Yaml;
using Aeterna.Contract;

namespace Aeterna.Configuration.Reading;

/// <summary>A single value that is written as one word or text.</summary>
internal interface IScalarKind
{
    /// <summary>What the text looks like; in the dialect that .NET and JavaScript share. Null for booleans.</summary>
    string? Pattern { get; }

    /// <summary>A value without quotes that YAML takes for a number is taken too.</summary>
    bool TakesNumbers { get; }

    /// <summary>The only values, when there is a fixed set.</summary>
    IReadOnlyList<string>? Words { get; }
}

/// <summary>A single value: text that fits a pattern and can then be converted.</summary>
internal sealed class ScalarKind<T> : Kind<T>, IScalarKind
{
    private readonly Regex _pattern;
    private readonly Converter _convert;

    /// <param name="expected">What a finding says was expected.</param>
    /// <param name="pattern">What the text looks like.</param>
    /// <param name="convert">Converts a text that fits; says no to one that is out of range.</param>
    public ScalarKind(string expected, [StringSyntax(StringSyntaxAttribute.Regex)] string pattern, Converter convert)
    {
        Expected = expected;
        Pattern = pattern;
        // The engine without backtracking would cost 100 ms at every start; a test sees that no pattern needs it.
        _pattern = new Regex(pattern, RegexOptions.CultureInvariant);
        _convert = convert;
    }

    /// <summary>Converts a text.</summary>
    public delegate bool Converter(string text, out T value);

    public override string Expected { get; }

    public string Pattern { get; }

    public bool TakesNumbers { get; init; }

    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>Code of the finding for a text that is not taken.</summary>
    public string Code { get; init; } = FindingCode.BadValue;

    /// <summary>A better hint than the general one, from the text that was found.</summary>
    public Func<string, string?>? Hint { get; init; }

    protected override bool TryReadValue(YamlNode node, string path, Pass pass, out T value)
    {
        value = default!;
        if (node is not ScalarNode scalar)
        {
            pass.WrongValue(node, path, FindingCode.WrongType, Expected, null);
            return false;
        }

        if (scalar.AsBoolean is not null || (scalar is { IsNumber: true } && !TakesNumbers))
        {
            var hint = Fits(scalar.Text, out _) ? $"write \"{scalar.Text}\"" : Hint?.Invoke(scalar.Text);
            pass.WrongValue(node, path, Code is FindingCode.BadValue ? FindingCode.WrongType : Code, Expected, hint);
            return false;
        }

        if (!Fits(scalar.Text, out value))
        {
            pass.WrongValue(node, path, Code, Expected, Hint?.Invoke(scalar.Text));
            return false;
        }

        return true;
    }

    // .NET lets $ match before a last line feed; the length tells. No program can be handed a NUL.
    private bool Fits(string text, out T value)
    {
        value = default!;
        var match = _pattern.Match(text);
        return match.Success && match.Length == text.Length && !text.Contains('\0', StringComparison.Ordinal) && _convert(text, out value);
    }
}

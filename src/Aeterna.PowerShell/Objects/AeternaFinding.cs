using Aeterna.Contract;

namespace Aeterna.PowerShell;

/// <summary>One thing that is wrong (or to be known) in a configuration file.</summary>
public sealed class AeternaFinding
{
    internal AeternaFinding(Finding finding)
    {
        File = finding.File;
        Line = finding.Line;
        Column = finding.Column;
        Severity = finding.Severity;
        Code = finding.Code;
        Message = finding.Message;
        Hint = finding.Hint;
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>Line, from 1.</summary>
    public int Line { get; }

    /// <summary>Column, from 1.</summary>
    public int Column { get; }

    /// <summary>File, line and column, as editors take them.</summary>
    public string Where => FormattableString.Invariant($"{File}:{Line}:{Column}");

    /// <summary>error or warning.</summary>
    public string Severity { get; }

    /// <summary>Stable code, as in unknown_key.</summary>
    public string Code { get; }

    /// <summary>What is wrong and what was expected.</summary>
    public string Message { get; }

    /// <summary>What to do.</summary>
    public string? Hint { get; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{Where}: {Severity}: {Message}{(Hint is null ? "" : $" ({Hint})")}");
}

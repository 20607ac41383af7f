namespace Aeterna.Contract;

/// <summary>One thing that is wrong (or to be known) in a configuration file.</summary>
public sealed record Finding
{
    /// <summary>One of <see cref="FindingSeverity"/>.</summary>
    public required string Severity { get; init; }

    /// <summary>The file as it was named.</summary>
    public required string File { get; init; }

    /// <summary>Line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Column, from 1.</summary>
    public required int Column { get; init; }

    /// <summary>Stable code, as in <c>unknown_key</c>, <c>wrong_type</c>, <c>bad_duration</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What is wrong and what was expected.</summary>
    public required string Message { get; init; }

    /// <summary>What to do, as in <c>did you mean "soak_time"?</c></summary>
    public string? Hint { get; init; }

    /// <summary><c>file:line:column: severity: message (hint)</c>, as compilers print it.</summary>
    public override string ToString() =>
        $"{File}:{Line}:{Column}: {Severity}: {Message}{(Hint is null ? "" : $" ({Hint})")}";
}

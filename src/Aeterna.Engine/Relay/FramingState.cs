using Aeterna.Ledger;
using Aeterna.Machine.Plans;

namespace Aeterna.Relay;

/// <summary>A <see cref="StreamFraming"/> as plain data: how a generation's own configuration cut its streams when it was started.</summary>
internal sealed record FramingState
{
    public required FramingKind Kind { get; init; }

    public string? Reason { get; init; }

    public bool IsTls { get; init; }

    /// <summary>The program's own rules, but for the pattern; null when only the kind is known.</summary>
    public SyslogRulesState? Rules { get; init; }

    /// <summary>A framing as plain data.</summary>
    public static FramingState Of(StreamFraming framing) => new()
    {
        Kind = framing.Kind,
        Reason = framing.Reason,
        IsTls = framing.IsTls,
        Rules = framing.Rules is { } rules
            ? new SyslogRulesState(
                rules.OctetCounted, rules.SkipsBlanks, rules.EndsAtLf, rules.Delimiter, rules.LargestCount, rules.LargestMessage, rules.Oversize, rules.IsMultiLine,
                rules.Start?.ToString())
            : null,
    };

    /// <summary>The framing.</summary>
    /// <exception cref="LedgerException">This engine cannot follow the pattern.</exception>
    public StreamFraming Framing() => new()
    {
        Kind = Kind,
        Reason = Reason,
        IsTls = IsTls,
        Rules = Rules is null ? null : new SyslogRules
        {
            OctetCounted = Rules.OctetCounted,
            SkipsBlanks = Rules.SkipsBlanks,
            EndsAtLf = Rules.EndsAtLf,
            Delimiter = Rules.Delimiter,
            LargestCount = Rules.LargestCount,
            LargestMessage = Rules.LargestMessage,
            Oversize = Rules.Oversize,
            IsMultiLine = Rules.IsMultiLine,
            Start = Rules.Start is null ? null : MessageStart.Parse(Rules.Start) ?? throw new LedgerException($"messages begin with {Rules.Start}, which this engine cannot follow"),
        },
    };
}

/// <summary><see cref="SyslogRules"/> as plain data.</summary>
internal sealed record SyslogRulesState(
    bool OctetCounted, bool SkipsBlanks, bool EndsAtLf, int Delimiter, int LargestCount, int LargestMessage, Oversize Oversize, bool IsMultiLine, string? Start);

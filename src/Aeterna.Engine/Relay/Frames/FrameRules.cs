using Aeterna.Machine.Plans;

namespace Aeterna.Relay.Frames;

/// <summary>How a stream is cut into frames.</summary>
internal enum Framing
{
    /// <summary>Not at all: such a connection is never moved.</summary>
    None,

    /// <summary>Each frame octet-counted or ended by a character, with the details that rsyslog's inputs have.</summary>
    Syslog,

    /// <summary>A big-endian u32 with the number of bytes that follow it.</summary>
    U32Be,
}

/// <summary>All that there is to know to cut a stream. Never changes; equal when the rules are.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Syslog">The details of <see cref="Framing.Syslog"/>.</param>
internal sealed record FrameRules(Framing Kind, SyslogRules Syslog)
{
    /// <summary>Frames up to this length stay whole in any case.</summary>
    public const int LeastWhole = 256 << 10;

    // A program that takes messages of any length must not have the engine hold them.
    private const int MostWhole = 4 << 20;

    /// <summary>No frames.</summary>
    public static FrameRules None { get; } = new(Framing.None, new SyslogRules());

    /// <summary>Octet-counted, or ended by LF: as RFC 6587 has it, and rsyslog by default.</summary>
    public static FrameRules Default { get; } = new(Framing.Syslog, new SyslogRules()) { LooksAhead = true };

    /// <summary>Ended by LF.</summary>
    public static FrameRules Line { get; } = new(Framing.Syslog, new SyslogRules { OctetCounted = false });

    /// <summary>Ended by a NUL byte.</summary>
    public static FrameRules Nul { get; } = new(Framing.Syslog, new SyslogRules { OctetCounted = false, EndsAtLf = false, Delimiter = 0 });

    /// <summary>A big-endian u32 with the number of bytes that follow it.</summary>
    public static FrameRules U32Be { get; } = new(Framing.U32Be, new SyslogRules());

    /// <summary>There are frames.</summary>
    public bool IsFramed => Kind != Framing.None;

    /// <summary>A stream that begins otherwise than syslog does is carried as it comes: nobody knows that the program takes it for syslog.</summary>
    public bool LooksAhead { get; private init; }

    /// <summary>
    /// The program knows the end of a message only by the beginning of the next, and drops what it has when its connection ends. So it is
    /// given everything at once, and another generation gets the last message again from its beginning.
    /// </summary>
    public bool IsGivenTwice => Syslog.Start is not null;

    /// <summary>Frames up to this length stay whole; of longer ones the program has made messages by then, or the engine lets them out as they come.</summary>
    public int Whole { get; } = (int)Math.Clamp(
        Math.Max(Syslog.LargestMessage == int.MaxValue ? 0 : Syslog.LargestMessage, Syslog.Oversize == Oversize.Open ? Syslog.LargestCount : 0) + 64L, LeastWhole, MostWhole);

    /// <summary>The rules that a plan or a profile means.</summary>
    public static FrameRules Of(StreamFraming framing) => framing.Rules is { } rules
        ? new FrameRules(Framing.Syslog, rules)
        : framing.Kind switch
        {
            FramingKind.None => None,
            FramingKind.Syslog => Default,
            FramingKind.Line => Line,
            FramingKind.Nul => Nul,
            FramingKind.U32Be => U32Be,
            var kind => throw new InvalidOperationException($"no rules for streams of the kind {kind}"),
        };
}

namespace Aeterna.Machine.Plans;

/// <summary>How a program cuts the streams of a listener into messages.</summary>
internal sealed record StreamFraming
{
    /// <summary>A stream of which nothing is known.</summary>
    public static StreamFraming None { get; } = new() { Kind = FramingKind.None };

    /// <summary>Where a message ends.</summary>
    public required FramingKind Kind { get; init; }

    /// <summary>Why it is carried as it comes, although its program has frames; null otherwise.</summary>
    public string? Reason { get; init; }

    /// <summary>The program itself ends TLS on it.</summary>
    public bool IsTls { get; init; }

    /// <summary>The program's own rules, read from its configuration; null when only the kind is known.</summary>
    public SyslogRules? Rules { get; init; }

    /// <summary>Streams are moved between two messages; those of others stay with their generation.</summary>
    public bool IsFramed => Kind != FramingKind.None;
}

/// <summary>Where a message ends for rsyslogd's imtcp and imptcp; the defaults are theirs (runtime/tcps_sess.c, plugins/imptcp/imptcp.c).</summary>
internal sealed record SyslogRules
{
    /// <summary>A frame that begins with a digit is octet-counted.</summary>
    public bool OctetCounted { get; init; } = true;

    /// <summary>Blanks in front of a frame are passed over (<c>framingfix.cisco.asa</c>).</summary>
    public bool SkipsBlanks { get; init; }

    /// <summary>LF ends a message.</summary>
    public bool EndsAtLf { get; init; } = true;

    /// <summary>Another character that ends one, as a C char: from 128 on it never occurs; -1: none.</summary>
    public int Delimiter { get; init; } = -1;

    /// <summary>A count above this is taken as part of a line (<c>maxFrameSize</c>).</summary>
    public int LargestCount { get; init; } = 200_000;

    /// <summary>Bytes that a message has at most (<c>maxMessageSize</c>).</summary>
    public int LargestMessage { get; init; } = int.MaxValue;

    /// <summary>What becomes of longer ones.</summary>
    public Oversize Oversize { get; init; }

    /// <summary>A message ends only where the next line begins with "&lt;" or a read ends.</summary>
    public bool IsMultiLine { get; init; }

    /// <summary>Lines that begin so begin a message; null: every line does.</summary>
    public MessageStart? Start { get; init; }
}

/// <summary>What a program does with a message that is too long for it.</summary>
internal enum Oversize
{
    /// <summary>Not known: it is kept whole as far as the engine can.</summary>
    Whole,

    /// <summary>It makes several of it (imtcp): one at each character that would be too many, and that character is gone.</summary>
    Split,

    /// <summary>The same, and the rest is dropped (imtcp with <c>discardTruncatedMsg</c>).</summary>
    Cut,

    /// <summary>Each further character makes another one of what is there (imptcp).</summary>
    Open,
}

namespace Aeterna.Machine.Plans;

/// <summary>Where a message of a stream ends.</summary>
internal enum FramingKind
{
    /// <summary>Nobody knows: a connection stays with its generation.</summary>
    None,

    /// <summary>Octet-counted, or at LF, as syslog over TCP has it.</summary>
    Syslog,

    /// <summary>At LF.</summary>
    Line,

    /// <summary>At a NUL byte.</summary>
    Nul,

    /// <summary>After as many bytes as a big-endian u32 in front of it says.</summary>
    U32Be,
}

/// <summary>The kinds as <c>service.listeners[].framing</c> and the status name them.</summary>
internal static class FramingWords
{
    /// <summary>Each with its word, in the order of the documentation.</summary>
    public static IReadOnlyList<(string Word, FramingKind Kind)> All { get; } =
    [
        ("syslog", FramingKind.Syslog), ("line", FramingKind.Line), ("nul", FramingKind.Nul), ("u32be", FramingKind.U32Be), ("none", FramingKind.None),
    ];

    public static string Word(this FramingKind kind) => All.Single(pair => pair.Kind == kind).Word;
}

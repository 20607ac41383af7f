namespace Aeterna.Relay.Frames;

/// <summary>A <see cref="FrameScanner"/> as plain data, for a successor of this engine; its rules are its stream's.</summary>
internal sealed record ScannerState
{
    public required long At { get; init; }

    public required long Cut { get; init; }

    public required long CutFrames { get; init; }

    public required long Frames { get; init; }

    public required bool IsSoft { get; init; }

    /// <summary>Kind and count of <see cref="FrameScanner.Rest"/>.</summary>
    public required RestKind RestKind { get; init; }

    public required long RestCount { get; init; }

    /// <summary>Where in a frame it stands; the numbers are those of version 1 of the ledger.</summary>
    public required byte Position { get; init; }

    public required long Number { get; init; }

    public required int Length { get; init; }

    public required bool IsOpen { get; init; }

    public required long LineAt { get; init; }

    public required ulong Matched { get; init; }

    public required ulong MatchedFromSecond { get; init; }

    public required bool InLaterLine { get; init; }
}

/// <content>To plain data and back.</content>
internal partial struct FrameScanner
{
    /// <summary>It as plain data.</summary>
    public readonly ScannerState State() => StateOf(Kept());

    /// <summary>One that goes on from there.</summary>
    public static FrameScanner From(FrameRules rules, ScannerState state) => new(rules, state.At, state.Frames)
    {
        Cut = state.Cut,
        CutFrames = state.CutFrames,
        IsSoft = state.IsSoft,
        Rest = new Rest(state.RestKind, state.RestCount),
        _position = (Position)state.Position,
        _number = state.Number,
        _length = state.Length,
        _open = state.IsOpen,
        _lineAt = state.LineAt,
        _matched = state.Matched,
        _matchedFromSecond = state.MatchedFromSecond,
        _inLaterLine = state.InLaterLine,
    };
}

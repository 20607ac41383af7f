using Aeterna.Relay.Kept;

namespace Aeterna.Relay.Frames;

/// <content>Written down where it outlives the engine.</content>
internal sealed partial class FrameStream
{
    /// <summary>Writes all that there is to know of it, but for what it was told to do.</summary>
    /// <param name="to">A place that does not count now.</param>
    public unsafe void Write(KeptStream* to)
    {
        to->IsWritten = 1;
        to->Scanner = _scanner.Kept();
        (to->MarkStart, to->Head) = (-1, _chain.Head is { Number: >= 0 } head ? head.Number + 1 : 0);
        for (var segment = _chain.Head; segment is not null; segment = segment.Next)
        {
            if (segment.Mark >= 0)
            {
                (to->MarkStart, to->Mark) = (segment.Start, segment.AtMark.Kept());
                break;
            }
        }

        (to->Received, to->Sent, to->Boundary, to->Read, to->SoftAt, to->FramesGiven) = (Received, Sent, _boundary, _read, _softAt, _framesGiven);
        (to->LastFrame, to->IsFramed, to->IsOverlong, to->IsSkipping, to->IsFinished) = (_lastFrame, Byte(_rules.IsFramed), Byte(IsOverlong), Byte(_skipping), Byte(_isFinished));
    }

    /// <summary>Bytes of it, as far as they are held.</summary>
    /// <param name="from">Where they begin.</param>
    /// <param name="count">How many.</param>
    public byte[] Copy(long from, long count)
    {
        List<byte> bytes = [];
        for (var segment = _chain.Head; segment is not null; segment = segment.Next)
        {
            bytes.AddRange(segment.Bytes(from, from + count));
        }

        return [.. bytes];
    }

    /// <summary>What was written of it counts now: memory that it names no more is free.</summary>
    public void GiveBack() => _chain.GiveBack();

    private static byte Byte(bool flag) => flag ? (byte)1 : (byte)0;
}

/// <content>Likewise.</content>
internal partial struct FrameScanner
{
    /// <summary>Its numbers.</summary>
    public readonly KeptScanner Kept() => new()
    {
        At = At,
        Cut = Cut,
        CutFrames = CutFrames,
        Frames = Frames,
        RestKind = (byte)Rest.Kind,
        RestCount = Rest.Count,
        Position = (byte)_position,
        Number = _number,
        Length = _length,
        LineAt = _lineAt,
        Matched = _matched,
        MatchedFromSecond = _matchedFromSecond,
        IsSoft = IsSoft ? (byte)1 : (byte)0,
        IsOpen = _open ? (byte)1 : (byte)0,
        InLaterLine = _inLaterLine ? (byte)1 : (byte)0,
    };

    /// <summary>The same as plain data, for the ledger.</summary>
    public static ScannerState StateOf(in KeptScanner kept) => new()
    {
        At = kept.At,
        Cut = kept.Cut,
        CutFrames = kept.CutFrames,
        Frames = kept.Frames,
        RestKind = (RestKind)kept.RestKind,
        RestCount = kept.RestCount,
        Position = kept.Position,
        Number = kept.Number,
        Length = kept.Length,
        LineAt = kept.LineAt,
        Matched = kept.Matched,
        MatchedFromSecond = kept.MatchedFromSecond,
        IsSoft = kept.IsSoft != 0,
        IsOpen = kept.IsOpen != 0,
        InLaterLine = kept.InLaterLine != 0,
    };
}

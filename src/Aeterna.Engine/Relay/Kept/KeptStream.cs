using System.Runtime.InteropServices;

namespace Aeterna.Relay.Kept;

/// <summary>A scanner's numbers: see <see cref="Frames.ScannerState"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KeptScanner
{
    public long At;
    public long Cut;
    public long CutFrames;
    public long Frames;
    public long RestCount;
    public long Number;
    public long LineAt;
    public ulong Matched;
    public ulong MatchedFromSecond;
    public int Length;
    public byte RestKind;
    public byte Position;
    public byte IsSoft;
    public byte IsOpen;
    public byte InLaterLine;
}

/// <summary>A stream's numbers: see <see cref="Frames.StreamState"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KeptStream
{
    public KeptScanner Scanner;

    /// <summary>A scanner that stands at the first cut that is known in the bytes that are held; <see cref="MarkStart"/> is where the piece with it begins, -1: none is known.</summary>
    public KeptScanner Mark;
    public long MarkStart;
    public long Received;
    public long Sent;
    public long Boundary;
    public long Read;
    public long SoftAt;
    public long FramesGiven;

    /// <summary>Where the generation took over.</summary>
    public long From;

    /// <summary>Where in the blocks the answers are that wait for the client; -1: in none.</summary>
    public long AnswersAt;

    /// <summary>Bytes that will have been written to the client when it has taken them.</summary>
    public long AnswersEnd;

    /// <summary>The first piece that is held, and 1; 0: none is.</summary>
    public int Head;
    public int LastFrame;

    /// <summary>Something was written here.</summary>
    public byte IsWritten;
    public byte IsFramed;
    public byte IsOverlong;
    public byte IsSkipping;
    public byte IsFinished;
    public byte IsForeign;
    public byte HasEnded;
    public byte IsTold;

    /// <summary>Bytes of the answers that wait for the client, with those of them that it has taken since.</summary>
    public int AnswersLength;

    /// <summary>Answers wait for the client.</summary>
    public byte HasAnswers;
}

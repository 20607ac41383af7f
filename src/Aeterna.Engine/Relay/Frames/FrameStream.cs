using Aeterna.Linux;

namespace Aeterna.Relay;

/// <summary>
/// What a client sent, between the client and the generation: it lets out whole frames only, and keeps what it let out until the
/// generation is known to have read it, so that it can be taken back from a boundary between two frames. It knows no sockets.
/// Places are counted in bytes from the beginning of the connection. Only for its loop's thread.
/// </summary>
/// <remarks>
/// <code>
///   Kept ............ Sent ............... Boundary ........ Received
///   |  given, perhaps  |  whole frames that   |  beginning of  |
///   |  not yet read    |  wait               |  a frame        |
/// </code>
/// A frame longer than <see cref="LargestFrame"/> is let out as it comes (<see cref="IsOverlong"/>): the stream cannot leave its generation
/// before the frame has ended. With <see cref="Framing.None"/> everything is let out and nothing is kept.
/// What is held at most, when the owner receives only while no whole frame waits: what the kernel holds unread for the generation, one
/// frame of <see cref="LargestFrame"/>, and two segments.
/// </remarks>
internal sealed partial class FrameStream(Framing framing, SegmentPool pool)
{
    /// <summary>Frames up to this length stay whole.</summary>
    public const int LargestFrame = 256 << 10;

    // There is no place to stop at yet.
    private const long Unknown = long.MaxValue;

    private readonly SegmentChain _chain = new(pool);
    private FrameScanner _scanner = new(framing);
    private long _boundary;
    private long _read;
    private long _stopAt = Unknown;
    private long _stopFrames;
    private long _framesGiven;
    private int _lastFrame;
    private bool _stopping;
    private bool _skipping;
    private bool _isFinished;

    /// <summary>Bytes that came in.</summary>
    public long Received { get; private set; }

    /// <summary>Bytes that were let out, without those that were taken back.</summary>
    public long Sent { get; private set; }

    /// <summary>Frames that came in whole.</summary>
    public long Frames => _scanner.Frames + _lastFrame;

    /// <summary>The frame that is coming in is too long to be kept whole.</summary>
    public bool IsOverlong { get; private set; }

    /// <summary>A generation has the beginning of such a frame and not its end.</summary>
    public bool IsInOverlong => Sent > _boundary;

    /// <summary>Something may be let out.</summary>
    public bool HasSendable => Sent < Limit;

    /// <summary>Something could be let out if it were not for <see cref="Stop"/>: then no more should be received.</summary>
    public bool IsPending => Sent < Available;

    /// <summary>It was told to stop, and stands between two frames.</summary>
    public bool IsStopped => _stopping && Sent == _stopAt;

    /// <summary>Something was let out that is not known to have been read.</summary>
    public bool HasUnread => _read < Sent;

    /// <summary>A good time for <see cref="Release"/>: more room has to be found otherwise.</summary>
    public bool IsCrowded => _chain.IsCrowded;

    private long Available => IsOverlong || framing == Framing.None ? Received : _boundary;

    private long Limit => _stopping ? Math.Min(_stopAt, Available) : Available;

    /// <summary>Where the next bytes are to be received; valid until <see cref="Receive"/>.</summary>
    public Span<byte> Room() => _chain.Room();

    /// <summary>Takes in what was received into <see cref="Room"/>.</summary>
    public void Receive(int count)
    {
        var at = Received;
        var segment = _chain.Append(at, count);
        Received += count;
        if (framing == Framing.None)
        {
            _boundary = Received;
            return;
        }

        Scan(segment, at);
        IsOverlong = Received - _boundary > LargestFrame && !_skipping;
    }

    /// <summary>The client sends no more: the beginning of a frame that is there is let out as it is, as the kernel would.</summary>
    public void Finish()
    {
        _lastFrame = Received > _boundary && !_skipping ? 1 : 0;
        (IsOverlong, _skipping, _isFinished) = (false, false, true);
        _boundary = Received;
        if (_stopping && _stopAt == Unknown)
        {
            (_stopAt, _stopFrames) = (Received, Frames);
        }
    }

    /// <summary>What may be let out, as pieces; returns how many.</summary>
    public int Gather(Span<Iovec> pieces) => _chain.Gather(Sent, Limit, pieces);

    /// <summary>So many bytes were let out. Returns the number of frames that were completed by it.</summary>
    public long Advance(long count)
    {
        Sent += count;
        if (framing == Framing.None)
        {
            Release(0);
            return 0;
        }

        var given = Sent == _boundary ? Frames : IsStopped ? _stopFrames : _framesGiven;
        (given, _framesGiven) = (given - _framesGiven, given);
        return given;
    }

    /// <summary>Gives back the memory of what is no longer needed. <paramref name="unread"/>: what the generation has not read of the bytes let out.</summary>
    public void Release(long unread)
    {
        var read = _read = Sent - unread;
        if (read == Received)
        {
            _chain.DropBefore(null);
            return;
        }

        if (framing == Framing.None)
        {
            DropRead(read);
            return;
        }

        if (read == _boundary)
        {
            // All but the beginning of a frame.
            var first = _chain.Head;
            while (first!.End <= read)
            {
                first = first.Next;
            }

            _chain.DropBefore(first);
            (first.Mark, first.MarkFrames) = (read, Frames);
            _chain.Shrink(read);
        }
        else if (_chain.MarkedBefore(read) is { } marked && read - marked.End <= LargestFrame)
        {
            _chain.DropBefore(marked);
        }
        else
        {
            DropRead(read); // Inside a frame that is too long to be taken back.
        }
    }

    /// <summary>Gives all memory back.</summary>
    public void Clear() => _chain.DropBefore(null);

    private void DropRead(long read)
    {
        var first = _chain.Head;
        while (first is not null && first.End <= read)
        {
            first = first.Next;
        }

        _chain.DropBefore(first);
    }

    private void Scan(Segment segment, long at)
    {
        var before = _scanner;
        var piece = segment.Bytes(at, Received);
        var end = _scanner.Advance(piece);
        if (end == 0 && !before.AtBoundary)
        {
            Skip(Received);
            return;
        }

        var needsFirst = segment.Mark < 0 || _skipping || (_stopping && _stopAt == Unknown);
        if (needsFirst)
        {
            var (first, frames) = (at, before.Frames);
            if (!before.AtBoundary)
            {
                first += before.First(piece);
                frames = before.Frames;
            }

            if (segment.Mark < 0)
            {
                (segment.Mark, segment.MarkFrames) = (first, frames);
            }

            if (_stopping && _stopAt == Unknown)
            {
                (_stopAt, _stopFrames) = (first, frames);
            }

            if (_skipping)
            {
                Skip(first);
                _skipping = false;
                _framesGiven = frames;
            }
        }

        if (end > 0)
        {
            _boundary = at + end;
        }
    }

    /// <summary>Leaves the bytes up to a place out, when the rest of a frame is to be left out.</summary>
    private void Skip(long to)
    {
        if (_skipping)
        {
            (Sent, _boundary, _read) = (to, to, to);
            DropRead(to);
        }
    }
}

using Aeterna.Linux;

namespace Aeterna.Relay.Frames;

/// <summary>
/// What a client sent, between the client and the generation: it lets out what the program can make messages of, and keeps what it let out
/// until the generation is known to have read it, so that it can be taken back from a place at which the stream may be cut. It knows no
/// sockets. Places are counted in bytes from the beginning of the connection. Only for its loop's thread.
/// </summary>
/// <remarks>
/// <code>
///   Kept ............ Sent ............... Boundary ........ Received
///   |  given, perhaps  |  whole frames that   |  beginning of  |
///   |  not yet read    |  wait               |  a frame        |
/// </code>
/// A frame longer than <see cref="FrameRules.Whole"/> is let out as it comes (<see cref="IsOverlong"/>): the stream cannot leave its
/// generation before the frame has ended. Without frames everything is let out and nothing is kept; where the program knows the end of a
/// message only by the next (<see cref="FrameRules.IsGivenTwice"/>), everything is let out and the last message is kept.
/// What is held at most, when the owner receives only while no whole frame waits: what the kernel holds unread for the generation, one
/// frame of <see cref="FrameRules.Whole"/>, and two segments.
/// </remarks>
internal sealed partial class FrameStream(FrameRules rules, SegmentPool pool)
{
    // There is no place to stop at yet.
    private const long Unknown = long.MaxValue;

    private readonly SegmentChain _chain = new(pool);
    private FrameRules _rules = rules;
    private FrameScanner _scanner = new(rules);
    private long _boundary;
    private long _read;
    private long _softAt = -1;
    private long _stopAt = Unknown;
    private long _stopFrames;
    private long _framesGiven;
    private int _lastFrame;
    private bool _stopping;
    private bool _skipping;
    private bool _isFinished;

    /// <summary>It has frames.</summary>
    public bool IsFramed => _rules.IsFramed;

    /// <summary>How it is cut.</summary>
    public FrameRules Rules => _rules;

    /// <summary>Bytes that came in.</summary>
    public long Received { get; private set; }

    /// <summary>Bytes that were let out, without those that were taken back.</summary>
    public long Sent { get; private set; }

    /// <summary>Bytes that are known to have been read.</summary>
    public long Released => _read;

    /// <summary>Frames that came in whole.</summary>
    public long Frames => _scanner.Frames + _lastFrame;

    /// <summary>The frame that is coming in is too long to be kept whole.</summary>
    public bool IsOverlong { get; private set; }

    /// <summary>A generation has the beginning of such a frame and not its end.</summary>
    public bool IsInOverlong => Sent > _boundary && !_rules.IsGivenTwice;

    /// <summary>Something may be let out.</summary>
    public bool HasSendable => Sent < Limit;

    /// <summary>Something could be let out if it were not for <see cref="Stop"/>: then no more should be received.</summary>
    public bool IsPending => Sent < Available;

    /// <summary>It was told to stop, and stands at a place where it may be cut.</summary>
    public bool IsStopped => _stopping && Sent == _stopAt;

    /// <summary>It was told to stop, wherever it stands.</summary>
    public bool IsStopping => _stopping;

    /// <summary>Something was let out that is not known to have been read.</summary>
    public bool HasUnread => _read < Sent;

    /// <summary>Bytes of memory that it holds.</summary>
    public long Held => _chain.Held;

    /// <summary>Bytes that wait for the rest of their frame, where nothing else is held: neither for a generation to take, nor until it has read.</summary>
    public long Unfinished => IsPending || HasUnread || IsOverlong || !IsFramed ? 0 : Received - Math.Max(_boundary, Sent);

    /// <summary>A good time for <see cref="Release"/>: more room has to be found otherwise.</summary>
    public bool IsCrowded => _chain.IsCrowded;

    /// <summary>
    /// The next frame is to be let out only when all before has been read: the program takes the end of what it reads for the end of a
    /// message, and would not if it read more at once.
    /// </summary>
    public bool WaitsForReading => Sent == _softAt && Sent < Received && _chain.At(Sent) != (byte)'<';

    /// <summary>The byte that is let out next; there has to be one.</summary>
    public byte Next => _chain.At(Sent);

    private bool IsGivenAtOnce => !_rules.IsFramed || _rules.IsGivenTwice;

    private long Available => IsOverlong || IsGivenAtOnce ? Received : _boundary;

    private long Limit => _stopping ? Math.Min(_stopAt, Available) : Available;

    /// <summary>Where the next bytes are to be received; valid until <see cref="Receive"/>.</summary>
    public Span<byte> Room() => _chain.Room();

    /// <summary>Takes in what was received into <see cref="Room"/>.</summary>
    public void Receive(int count)
    {
        var at = Received;
        var segment = _chain.Append(at, count);
        Received += count;
        _softAt = _scanner.IsSoft && _scanner.AtCut ? at : _softAt;
        if (_rules.IsFramed)
        {
            Scan(segment, at);
            Judge();
        }
        else
        {
            _boundary = Received;
        }
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
        if (!_rules.IsFramed)
        {
            Release(0);
            return 0;
        }

        var given = Sent >= _boundary ? Frames : IsStopped ? _stopFrames : _framesGiven;
        (given, _framesGiven) = (given - _framesGiven, given);
        return given;
    }

    /// <summary>Gives back the memory of what is no longer needed. <paramref name="unread"/>: what the generation has not read of the bytes let out.</summary>
    public void Release(long unread)
    {
        var read = _read = Sent - unread;
        if (read == Received && (_scanner.AtCut || !_rules.IsGivenTwice))
        {
            _chain.DropBefore(null);
            return;
        }

        if (!_rules.IsFramed)
        {
            DropRead(read);
        }
        else if ((_rules.IsGivenTwice ? LastScannerAt(read)?.FromCut() : read == _scanner.Cut ? _scanner.FromCut() : null) is { } kept)
        {
            // All but the beginning of a frame.
            DropRead(kept.At);
            if (_chain.Head is { } first)
            {
                first.SetMark(kept);
                _chain.Shrink(kept.At);
            }
        }
        else if (_chain.MarkedBefore(read) is { } marked && read - marked.End <= _rules.Whole)
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
        _scanner.Take(piece, isRead: segment.End >= Received);
        if (_skipping)
        {
            if (!before.TakeToBoundary(piece, isRead: segment.End >= Received))
            {
                Skip(Received);
                return;
            }

            Skip(before.Cut);
            _skipping = false;
            _framesGiven = before.CutFrames;
            piece = segment.Bytes(before.Cut, Received);
        }

        var needsFirst = segment.Mark < 0 || (_stopping && _stopAt == Unknown);
        if (needsFirst && (before.AtCut || (_scanner.Cut > before.Cut && before.TakeToCut(piece, isRead: segment.End >= Received))))
        {
            var first = before.FromCut();
            if (segment.Mark < 0 && first.At >= segment.Start)
            {
                segment.SetMark(first);
            }

            if (_stopping && _stopAt == Unknown)
            {
                (_stopAt, _stopFrames) = (first.At, first.Frames);
            }
        }

        _boundary = Math.Max(_boundary, _scanner.Cut);
    }

    /// <summary>Sees whether what comes in may still be held back, or followed at all.</summary>
    private void Judge()
    {
        if (_scanner.IsLost)
        {
            (_rules, _boundary, IsOverlong) = (FrameRules.None, Received, false);
            return;
        }

        IsOverlong = (_scanner.IsOpen || Received - _boundary > _rules.Whole) && !_skipping && !_rules.IsGivenTwice;
    }

    /// <summary>Leaves the bytes up to a place out, when the rest of a frame is to be left out.</summary>
    private void Skip(long to)
    {
        (Sent, _boundary, _read) = (to, to, to);
        DropRead(to);
    }
}

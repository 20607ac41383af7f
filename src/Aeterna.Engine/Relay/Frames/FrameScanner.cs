namespace Aeterna.Relay;

/// <summary>How a stream is cut into frames.</summary>
internal enum Framing
{
    /// <summary>Not at all: such a connection is never moved.</summary>
    None,

    /// <summary>Each frame octet-counted or ended by LF, as RFC 6587 and rsyslog's imtcp have it.</summary>
    Syslog,

    /// <summary>Ended by LF.</summary>
    Line,

    /// <summary>Ended by a NUL byte.</summary>
    Nul,

    /// <summary>A big-endian u32 with the number of bytes that follow it.</summary>
    U32Be,
}

/// <summary>
/// Finds the ends of frames in a stream that comes in pieces. It keeps no bytes and takes no memory: only where in a frame the stream
/// stands. A value type: copy it to look ahead.
/// </summary>
/// <remarks>
/// For <see cref="Framing.Syslog"/> it follows imtcp byte for byte (rsyslog, runtime/tcps_sess.c, processDataRcvd), since a boundary that
/// imtcp does not see as one would tear a message: a frame that begins with a digit is octet-counted; anything but a digit ends
/// the count, a space or not; a count of 0, or of more than <c>maxFrameSize</c>, makes the rest a line; a space before a frame is passed
/// over.
/// </remarks>
/// <param name="framing">The framing.</param>
/// <param name="maxFrameSize">imtcp's <c>maxFrameSize</c>: a larger count is taken as an error of the sender's.</param>
internal struct FrameScanner(Framing framing, int maxFrameSize = FrameScanner.DefaultMaxFrameSize)
{
    /// <summary>imtcp's default.</summary>
    public const int DefaultMaxFrameSize = 200_000;

    // imtcp stops adding digits above this.
    private const long LargestCount = 200_000_000;
    private const int LengthBytes = 4;

    private Position _position;
    private long _number;
    private int _lengthBytes;
    private long _frames;

    private enum Position : byte
    {
        Start,
        Count,
        Counted,
        Delimited,
    }

    /// <summary>Whether the stream stands between two frames.</summary>
    public readonly bool AtBoundary => _position == Position.Start;

    /// <summary>Frames that have ended so far.</summary>
    public readonly long Frames => _frames;

    /// <summary>Takes the next piece of the stream.</summary>
    /// <returns>The number of its bytes up to the end of the last frame that ends in it; 0 when none does.</returns>
    public int Advance(ReadOnlySpan<byte> piece) => Scan(piece, upToFirst: false);

    /// <summary>Takes the next piece of the stream up to the end of the first frame that ends in it, or all of it.</summary>
    /// <returns>The number of bytes up to that end; 0 when none does.</returns>
    public int First(ReadOnlySpan<byte> piece) => Scan(piece, upToFirst: true);

    private int Scan(ReadOnlySpan<byte> piece, bool upToFirst)
    {
        if (framing == Framing.None)
        {
            _position = Position.Delimited;
            return 0;
        }

        var (at, end) = (0, 0);
        while (at < piece.Length)
        {
            var (before, between) = (at, _position == Position.Start);
            at += _position switch
            {
                Position.Start => Begin(piece[at]),
                Position.Count => Count(piece[at]),
                Position.Counted => Skip(piece.Length - at),
                _ => Find(piece[at..]),
            };
            if (_position == Position.Start && at > before)
            {
                end = at;
                _frames += between ? 0 : 1; // A space between two frames is none.
                if (upToFirst)
                {
                    break;
                }
            }
        }

        return end;
    }

    /// <summary>The first byte of a frame; returns how many bytes it was used up for.</summary>
    private int Begin(byte first)
    {
        switch (framing)
        {
            case Framing.U32Be:
                (_position, _number, _lengthBytes) = (Position.Count, 0, 0);
                return 0;
            case Framing.Syslog when first is >= (byte)'0' and <= (byte)'9':
                (_position, _number) = (Position.Count, 0);
                return 0;
            case Framing.Syslog when first == (byte)' ':
                return 1;
            default:
                _position = Position.Delimited;
                return 0;
        }
    }

    private int Count(byte next)
    {
        if (framing == Framing.U32Be)
        {
            _number = (_number << 8) | next;
            _position = ++_lengthBytes < LengthBytes ? Position.Count : _number == 0 ? Position.Start : Position.Counted;
        }
        else if (next is >= (byte)'0' and <= (byte)'9')
        {
            _number = _number <= LargestCount ? (_number * 10) + next - '0' : _number;
        }
        else
        {
            _position = _number < 1 || _number > maxFrameSize ? Position.Delimited : Position.Counted;
        }

        return 1;
    }

    private int Skip(int available)
    {
        var skipped = (int)Math.Min(available, _number);
        _number -= skipped;
        _position = _number == 0 ? Position.Start : Position.Counted;
        return skipped;
    }

    private int Find(ReadOnlySpan<byte> rest)
    {
        var found = rest.IndexOf(framing == Framing.Nul ? (byte)0 : (byte)'\n');
        if (found < 0)
        {
            return rest.Length;
        }

        _position = Position.Start;
        return found + 1;
    }
}

using Aeterna.Machine.Plans;

namespace Aeterna.Relay.Frames;

/// <summary>
/// Finds in a stream that comes in pieces the places at which it may go over to another generation (cuts). It keeps no bytes and takes no
/// memory: only where in a frame the stream stands. Places are counted in bytes from the beginning of the stream. A value type: copy it to
/// look ahead.
/// </summary>
/// <remarks>
/// It follows rsyslog's inputs byte by byte (runtime/tcps_sess.c and plugins/imptcp/imptcp.c, processDataRcvd), since a place that they do
/// not see as the end of a message would tear one, and what is held back after such an end would be late. A message that is too long for
/// imtcp is several messages, and each end of one is a cut although the frame goes on (<see cref="Rest"/>).
/// </remarks>
/// <param name="rules">The rules.</param>
/// <param name="at">The place that it stands at: the beginning of a frame.</param>
/// <param name="frames">Frames that have ended before it.</param>
internal partial struct FrameScanner(FrameRules rules, long at = 0, long frames = 0)
{
    // rsyslog stops adding digits above this.
    private const long LargestCount = 200_000_000;
    private const int LengthBytes = 4;

    private Position _position;
    private long _number;
    private int _length;
    private bool _open;

    // Where the line began that is matched, and how far it has matched; likewise from its second character on, which is what rsyslog
    // matches as soon as the line is the first one of a message.
    private long _lineAt;
    private ulong _matched;
    private ulong _matchedFromSecond;
    private bool _inLaterLine;

    private enum Position : byte
    {
        Start,
        Count,
        Counted,
        Delimited,
        Passed,
        PerhapsEnd,
        Lost,
    }

    private enum Until : byte
    {
        End,
        Cut,
        Boundary,
    }

    /// <summary>Where it stands.</summary>
    public long At { get; private set; } = at;

    /// <summary>The last cut; at the beginning that is where it began.</summary>
    public long Cut { get; private set; } = at;

    /// <summary>What of a frame is still to come at <see cref="Cut"/>.</summary>
    public Rest Rest { get; private set; }

    /// <summary>Frames that have ended before <see cref="Cut"/>.</summary>
    public long CutFrames { get; private set; } = frames;

    /// <summary>Frames that have ended so far.</summary>
    public long Frames { get; private set; } = frames;

    /// <summary>The last cut is one only if the program reads up to it and no further.</summary>
    public bool IsSoft { get; private set; }

    /// <summary>It stands at a cut.</summary>
    public readonly bool AtCut => Cut == At;

    /// <summary>The program makes messages of a frame that has not ended, so that nothing of it may be held back.</summary>
    public readonly bool IsOpen => _open;

    /// <summary>What the program does now cannot be followed any more.</summary>
    public readonly bool IsLost => _position == Position.Lost;

    /// <summary>One that stands at the last cut.</summary>
    public readonly FrameScanner FromCut()
    {
        var scanner = new FrameScanner(rules, Cut, CutFrames) { Rest = Rest };
        (scanner._position, scanner._number) = Rest.Kind switch
        {
            RestKind.Whole => (Position.Start, 0),
            RestKind.Dropped => (Position.Passed, Rest.Count),
            _ => (Rest.Count > 0 ? Position.Counted : Position.Delimited, Rest.Count),
        };
        return scanner;
    }

    /// <summary>Takes the next piece of the stream.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="isRead">The program reads up to its end, and no further at once.</param>
    public void Take(ReadOnlySpan<byte> piece, bool isRead) => Scan(piece, isRead, Until.End);

    /// <summary>Takes the next piece up to the first cut in it, or all of it; whether there is one.</summary>
    public bool TakeToCut(ReadOnlySpan<byte> piece, bool isRead) => Scan(piece, isRead, Until.Cut);

    /// <summary>Takes the next piece up to the first end of a frame in it, or all of it; whether there is one.</summary>
    public bool TakeToBoundary(ReadOnlySpan<byte> piece, bool isRead) => Scan(piece, isRead, Until.Boundary);

    private bool Scan(ReadOnlySpan<byte> piece, bool isRead, Until until)
    {
        for (var rest = piece; rest.Length > 0;)
        {
            var (cut, from) = (Cut, At);
            At += rules.IsGivenTwice ? Match(rest) : Step(rest);
            rest = rest[(int)(At - from)..];
            if (isRead && rest.Length == 0 && _position == Position.PerhapsEnd)
            {
                End();
                IsSoft = true;
            }

            if (Cut != cut && (until == Until.Cut || (until == Until.Boundary && Rest.Kind == RestKind.Whole)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes the beginning of what there is; returns how much.</summary>
    private int Step(ReadOnlySpan<byte> rest)
    {
        switch (_position)
        {
            case Position.Start:
                return Begin(rest[0]);
            case Position.Count:
                return rules.Kind == Framing.U32Be ? Length(rest[0]) : Count(rest[0]);
            case Position.Counted:
                return Counted(rest.Length);
            case Position.Delimited:
                return Delimited(rest);
            case Position.Passed:
                return Passed(rest);
            case Position.PerhapsEnd:
                return AfterDelimiter(rest[0]);
            default:
                return rest.Length;
        }
    }

    /// <summary>The first byte of a frame.</summary>
    private int Begin(byte first)
    {
        (_number, _length) = (0, 0);
        if (rules.Kind == Framing.None)
        {
            _position = Position.Lost;
        }
        else if (rules.Kind == Framing.U32Be || (rules.Syslog.OctetCounted && first is >= (byte)'0' and <= (byte)'9'))
        {
            _position = Position.Count;
        }
        else if (rules.Syslog.SkipsBlanks && first == (byte)' ')
        {
            SetCut(At + 1, default);
            return 1;
        }
        else
        {
            _position = Position.Delimited;
        }

        return 0;
    }

    private int Length(byte next)
    {
        _number = (_number << 8) | next;
        if (++_length == LengthBytes)
        {
            _position = Position.Counted;
            if (_number == 0)
            {
                End(1);
            }
        }

        return 1;
    }

    private int Count(byte next)
    {
        var syslog = rules.Syslog;
        if (next is >= (byte)'0' and <= (byte)'9')
        {
            _number = _number <= LargestCount ? (_number * 10) + next - '0' : _number;
            _length += _length < syslog.LargestMessage ? 1 : 0;
            return 1;
        }

        // Whatever ends a count is gone, and the digits count as part of a line only when the count was too large.
        _position = _number < 1 || _number > syslog.LargestCount ? Position.Delimited : Position.Counted;
        _length = _number > syslog.LargestCount ? _length : 0;
        _number = _position == Position.Counted ? _number : 0;
        return 1;
    }

    private int Counted(int available)
    {
        var taken = (int)Math.Min(available, _number);
        var tooLong = false;
        if (rules.Syslog.Oversize is Oversize.Split or Oversize.Cut)
        {
            tooLong = taken > rules.Syslog.LargestMessage - _length;
            taken = tooLong ? rules.Syslog.LargestMessage - _length + 1 : taken;
            _length += taken;
        }

        _number -= taken;
        if (_number == 0)
        {
            End(taken);
        }
        else if (tooLong)
        {
            Divide(taken);
        }

        return taken;
    }

    private int Delimited(ReadOnlySpan<byte> rest)
    {
        var syslog = rules.Syslog;
        var room = syslog.Oversize == Oversize.Whole || _open ? int.MaxValue : syslog.LargestMessage - _length;
        var found = FindDelimiter(rest.Length > room ? rest[..(room + 1)] : rest);
        if (found >= 0)
        {
            _length += syslog.IsMultiLine ? found : 0;
            if (!syslog.IsMultiLine)
            {
                End(found + 1);
            }
            else
            {
                _position = Position.PerhapsEnd;
            }

            return found + 1;
        }

        if (rest.Length <= room)
        {
            _length += _open ? 0 : rest.Length;
            return rest.Length;
        }

        Divide(room + 1);
        return room + 1;
    }

    /// <summary>The message has become too long, by the last of so many bytes.</summary>
    private void Divide(int taken)
    {
        _length = 0;
        if (rules.Syslog.Oversize == Oversize.Open)
        {
            _open = true;
        }
        else if (rules.Syslog.Oversize == Oversize.Cut)
        {
            _position = Position.Passed;
            SetCut(At + taken, new Rest(RestKind.Dropped, _number));
        }
        else
        {
            // Where blanks are skipped and octets not counted, nothing can be said in front that keeps a blank that may come next.
            SetCut(At + taken, new Rest(RestKind.Rest, _number));
        }
    }

    /// <summary>The rest of a message that the program drops: it may be left at any place.</summary>
    private int Passed(ReadOnlySpan<byte> rest)
    {
        if (_number > 0)
        {
            var taken = (int)Math.Min(rest.Length, _number);
            _number -= taken;
            if (_number > 0)
            {
                SetCut(At + taken, new Rest(RestKind.Dropped, _number));
            }
            else
            {
                End(taken);
            }

            return taken;
        }

        var found = FindDelimiter(rest);
        if (found >= 0)
        {
            End(found + 1);
            return found + 1;
        }

        SetCut(At + rest.Length, new Rest(RestKind.Dropped, 0));
        return rest.Length;
    }

    private int AfterDelimiter(byte next)
    {
        if (next == (byte)'<')
        {
            End();
            return 0;
        }

        _length = Math.Min(_length + 1, rules.Syslog.LargestMessage);
        _position = Position.Delimited;
        return 0;
    }

    private readonly int FindDelimiter(ReadOnlySpan<byte> rest)
    {
        var syslog = rules.Syslog;
        var other = syslog.Delimiter is >= sbyte.MinValue and <= sbyte.MaxValue and not -1 ? (byte)(sbyte)syslog.Delimiter : (byte?)null;
        return (syslog.EndsAtLf, other) switch
        {
            (true, null) => rest.IndexOf((byte)'\n'),
            (true, { } character) => rest.IndexOfAny((byte)'\n', character),
            (false, { } character) => rest.IndexOf(character),
            _ => -1,
        };
    }

    /// <summary>A frame ends, so many bytes from here.</summary>
    private void End(int taken = 0)
    {
        Frames++;
        (_position, _open, _number, _length) = (Position.Start, false, 0, 0);
        SetCut(At + taken, default);
    }

    private void SetCut(long place, Rest rest) => (Cut, Rest, CutFrames, IsSoft) = (place, rest, Frames, false);
}

namespace Aeterna.Relay;

/// <content>Stopping between two frames, and going back to such a place.</content>
internal sealed partial class FrameStream
{
    /// <summary>From now on nothing is let out but the rest of a frame that was begun.</summary>
    public void Stop()
    {
        _stopping = true;
        (_stopAt, _stopFrames) = Sent == _boundary || framing == Framing.None ? (Sent, Frames)
            : Sent < _boundary ? FirstBoundaryFrom(Sent) ?? (Unknown, 0)
            : (Unknown, 0);
    }

    /// <summary>Ends <see cref="Stop"/>.</summary>
    public void Resume() => (_stopping, _stopAt) = (false, Unknown);

    /// <summary>
    /// Goes back to the last boundary at or before what a generation that is no more has read, so that everything from there is let out
    /// again. When that boundary is no longer known, which happens only inside a frame longer than <see cref="LargestFrame"/>, the rest of
    /// that frame is left out.
    /// </summary>
    /// <param name="unread">What the generation has not read of the bytes let out.</param>
    public TakenBack TakeBack(long unread)
    {
        Resume();
        var (read, sent) = (Sent - unread, Sent);
        var given = LastBoundaryAt(sent);
        var whole = LastBoundaryAt(read);
        var (to, frames) = whole ?? NextMark(read) ?? (Received, Frames);
        var taken = given is { } g ? g.Frames + (g.Place < sent ? 1 : 0) - frames : 0;
        var back = new TakenBack(taken, Math.Max(0, sent - to), whole is null ? 0 : frames - _framesGiven, IsTorn: whole is null);
        (Sent, _framesGiven) = (to, frames);
        if (to == Received && whole is null && !_isFinished && !_scanner.AtBoundary)
        {
            (_skipping, IsOverlong) = (true, false);
            Skip(to);
        }

        Release(0);
        return back;
    }

    /// <summary>The last boundary at or before a place, and the frames up to it; null when the memory of it is gone.</summary>
    private (long Place, long Frames)? LastBoundaryAt(long place)
    {
        if (place == _boundary)
        {
            return (place, Frames);
        }

        if (_chain.MarkedBefore(place) is not { } marked)
        {
            return null;
        }

        var scanner = new FrameScanner(framing);
        var (at, last) = (marked.Mark, marked.Mark);
        for (var segment = marked; segment is not null && at < place; segment = segment.Next)
        {
            var piece = segment.Bytes(at, place);
            var end = scanner.Advance(piece);
            last = end > 0 ? at + end : last;
            at += piece.Length;
        }

        return (last, marked.MarkFrames + scanner.Frames);
    }

    /// <summary>The first boundary at or after a place, as far as bytes have come in.</summary>
    private (long Place, long Frames)? FirstBoundaryFrom(long place)
    {
        if (_chain.MarkedBefore(place) is not { } marked)
        {
            return NextMark(place);
        }

        var scanner = new FrameScanner(framing);
        var at = marked.Mark;
        for (var segment = marked; segment is not null; segment = segment.Next)
        {
            var before = segment.Bytes(at, place);
            scanner.Advance(before);
            at += before.Length;
            if (at < place)
            {
                continue;
            }

            if (at == place && scanner.AtBoundary)
            {
                return (at, marked.MarkFrames + scanner.Frames);
            }

            var after = segment.Bytes(at, Received);
            if (scanner.First(after) is > 0 and var end)
            {
                return (at + end, marked.MarkFrames + scanner.Frames);
            }

            at += after.Length;
        }

        return _isFinished ? (Received, Frames) : null;
    }

    private (long Place, long Frames)? NextMark(long place) =>
        _chain.MarkedAfter(place) is { } marked ? (marked.Mark, marked.MarkFrames) : null;
}

/// <summary>What was taken back from a generation.</summary>
/// <param name="Frames">Frames that it got the beginning of, at least, and that are let out again.</param>
/// <param name="Bytes">Bytes that are let out again.</param>
/// <param name="GivenFrames">What to add to the frames that count as given to it; negative when such are taken back.</param>
/// <param name="IsTorn">A frame too long to be kept was lost: its beginning was read and its rest is left out.</param>
internal readonly record struct TakenBack(long Frames, long Bytes, long GivenFrames, bool IsTorn);

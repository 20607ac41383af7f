namespace Aeterna.Relay.Frames;

/// <content>Stopping at a cut, going back to one, and going on from there with another generation.</content>
internal sealed partial class FrameStream
{
    /// <summary>From now on nothing is let out but the rest of a frame that was begun.</summary>
    public void Stop()
    {
        _stopping = true;
        (_stopAt, _stopFrames) = Sent == _boundary || IsGivenAtOnce ? (Sent, Frames)
            : Sent < _boundary ? FirstCutFrom(Sent) ?? (Unknown, 0)
            : (Unknown, 0);
    }

    /// <summary>Ends <see cref="Stop"/>.</summary>
    public void Resume() => (_stopping, _stopAt) = (false, Unknown);

    /// <summary>
    /// A generation has read all that was let out, and another one is to go on: that has to get the beginning of a message again of which the
    /// program has not seen the end, where it is given everything at once.
    /// </summary>
    /// <returns>Bytes that are let out again.</returns>
    public long GoBack()
    {
        if (!_rules.IsGivenTwice)
        {
            return 0;
        }

        if (LastScannerAt(Sent) is not { } scanner)
        {
            return 0;
        }

        var again = Sent - scanner.Cut;
        (Sent, _read, _framesGiven) = (scanner.Cut, scanner.Cut, scanner.CutFrames);
        return again;
    }

    /// <summary>Another generation is to be given what comes from here on.</summary>
    /// <param name="rules">Its rules: its configuration may be another one.</param>
    /// <returns>What it gets of a frame that was begun before it; its prelude has to come first.</returns>
    public Rest Enter(FrameRules rules)
    {
        if (!_rules.IsFramed && Sent > 0)
        {
            return default;
        }

        var here = Here();
        if (rules != _rules)
        {
            CutAnew(rules, here?.Frames ?? Frames);
            if (_isFinished)
            {
                Finish();
            }

            return default;
        }

        if (here is not { Rest: var rest } || rest.Kind == RestKind.Whole)
        {
            return default;
        }

        if (rest.Kind == RestKind.Dropped)
        {
            DropRest(here.Value);
            return default;
        }

        return rest;
    }

    /// <summary>The program has the beginning of a frame whose end it will not get, if another generation goes on from here.</summary>
    public bool IsTornHere => _skipping || Here() is { Rest.Kind: not RestKind.Whole };

    /// <summary>
    /// Goes back to the last cut at or before what a generation that is no more has read, so that everything from there is let out
    /// again. When that place is no longer known, which happens only inside a frame longer than <see cref="FrameRules.Whole"/>, the rest of
    /// that frame is left out.
    /// </summary>
    /// <param name="unread">What the generation has not read of the bytes let out.</param>
    public TakenBack TakeBack(long unread)
    {
        Resume();
        var (read, sent) = (Sent - unread, Sent);
        var given = LastCutAt(sent);
        var whole = LastCutAt(read);
        var (to, frames) = whole ?? NextMark(read) ?? (Received, Frames);
        var taken = given is { } g ? g.Frames + (g.Place < sent ? 1 : 0) - frames : 0;
        var back = new TakenBack(taken, Math.Max(0, sent - to), whole is null ? 0 : frames - _framesGiven, IsTorn: whole is null);
        (Sent, _framesGiven) = (to, frames);
        if (to == Received && whole is null && !_isFinished && !_scanner.AtCut)
        {
            (_skipping, IsOverlong) = (true, false);
            Skip(to);
        }

        Release(0);
        return back;
    }

    /// <summary>A scanner that stands where the stream was let out to; null when that is no cut, or not known.</summary>
    private FrameScanner? Here()
    {
        if (Sent == _scanner.Cut)
        {
            return _scanner.FromCut();
        }

        return LastScannerAt(Sent) is { } scanner && scanner.Cut == Sent ? scanner.FromCut() : null;
    }

    /// <summary>Cuts what waits anew, by other rules.</summary>
    private void CutAnew(FrameRules rules, long frames)
    {
        Resume();
        (_rules, _scanner, _skipping, _softAt, IsOverlong) = (rules, new FrameScanner(rules, Sent, frames), false, -1, false);
        _boundary = rules.IsFramed ? Sent : Received;
        for (var segment = _chain.Head; segment is not null; segment = segment.Next)
        {
            segment.ClearMark();
            if (rules.IsFramed && segment.End > Sent)
            {
                Scan(segment, Math.Max(Sent, segment.Start));
            }
        }

        if (rules.IsFramed)
        {
            Judge();
        }
    }

    /// <summary>Leaves the rest of a frame out, of which the program would drop it.</summary>
    private void DropRest(FrameScanner scanner)
    {
        for (var segment = _chain.Head; segment is not null; segment = segment.Next)
        {
            if (segment.End > Sent && scanner.TakeToBoundary(segment.Bytes(Sent, Received), isRead: segment.End >= Received))
            {
                var boundary = _boundary;
                Skip(scanner.Cut);
                (_boundary, _framesGiven) = (boundary, scanner.CutFrames);
                return;
            }

            Sent = Math.Max(Sent, segment.End);
        }

        Skip(Received);
        _skipping = !_isFinished;
    }

    /// <summary>The last cut at or before a place, and the frames up to it; null when the memory of it is gone.</summary>
    private (long Place, long Frames)? LastCutAt(long place) =>
        place == _boundary && !_rules.IsGivenTwice ? (place, Frames)
        : LastScannerAt(place) is { } scanner ? (scanner.Cut, scanner.CutFrames)
        : null;

    private FrameScanner? LastScannerAt(long place)
    {
        if (_chain.MarkedBefore(place) is not { } marked)
        {
            return null;
        }

        var scanner = marked.AtMark;
        for (var segment = marked; segment is not null && scanner.At < place; segment = segment.Next)
        {
            scanner.Take(segment.Bytes(scanner.At, place), isRead: segment.End >= place);
        }

        return scanner;
    }

    /// <summary>The first cut at or after a place, as far as bytes have come in.</summary>
    private (long Place, long Frames)? FirstCutFrom(long place)
    {
        if (_chain.MarkedBefore(place) is not { } marked)
        {
            return NextMark(place);
        }

        var scanner = marked.AtMark;
        for (var segment = marked; segment is not null; segment = segment.Next)
        {
            scanner.Take(segment.Bytes(scanner.At, place), isRead: segment.End >= place);
            if (scanner.At < place)
            {
                continue;
            }

            if (scanner.Cut == place || scanner.TakeToCut(segment.Bytes(scanner.At, Received), isRead: segment.End >= Received))
            {
                return (scanner.Cut, scanner.CutFrames);
            }
        }

        return _isFinished ? (Received, Frames) : null;
    }

    private (long Place, long Frames)? NextMark(long place) =>
        _chain.MarkedAfter(place) is { } marked ? (marked.Mark, marked.AtMark.Frames) : null;
}

/// <summary>What was taken back from a generation.</summary>
/// <param name="Frames">Frames that it got the beginning of, at least, and that are let out again.</param>
/// <param name="Bytes">Bytes that are let out again.</param>
/// <param name="GivenFrames">What to add to the frames that count as given to it; negative when such are taken back.</param>
/// <param name="IsTorn">A frame too long to be kept was lost: its beginning was read and its rest is left out.</param>
internal readonly record struct TakenBack(long Frames, long Bytes, long GivenFrames, bool IsTorn);

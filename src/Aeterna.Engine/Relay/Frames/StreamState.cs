using Aeterna.Ledger;

namespace Aeterna.Relay.Frames;

/// <summary>A <see cref="FrameStream"/> that was not told to stop, as plain data, for a successor of this engine.</summary>
internal sealed record StreamState
{
    /// <summary>It is cut by its relay's rules; false: it is carried as it comes.</summary>
    public required bool IsFramed { get; init; }

    public required ScannerState Scanner { get; init; }

    public required long Received { get; init; }

    public required long Sent { get; init; }

    public required long Boundary { get; init; }

    public required long Read { get; init; }

    public required long SoftAt { get; init; }

    public required long FramesGiven { get; init; }

    public required int LastFrame { get; init; }

    public required bool IsOverlong { get; init; }

    public required bool IsSkipping { get; init; }

    public required bool IsFinished { get; init; }

    /// <summary>The bytes that are still needed.</summary>
    public required IReadOnlyList<SegmentState> Segments { get; init; }
}

/// <summary>A segment's bytes.</summary>
/// <param name="Start">Where in the stream the first one is.</param>
/// <param name="Bytes">They.</param>
/// <param name="Mark">A scanner that stands at a cut in them; null: none is known.</param>
internal sealed record SegmentState(long Start, LedgerPlace Bytes, ScannerState? Mark);

/// <content>To plain data and back.</content>
internal sealed partial class FrameStream
{
    /// <summary>It as plain data.</summary>
    public StreamState State(LedgerBytes bytes)
    {
        List<SegmentState> segments = [];
        for (var segment = _chain.Head; segment is not null; segment = segment.Next)
        {
            segments.Add(new SegmentState(segment.Start, bytes.Put(segment.Bytes(segment.Start, segment.End)), segment.Mark < 0 ? null : segment.AtMark.State()));
        }

        return new StreamState
        {
            IsFramed = _rules.IsFramed,
            Scanner = _scanner.State(),
            Received = Received,
            Sent = Sent,
            Boundary = _boundary,
            Read = _read,
            SoftAt = _softAt,
            FramesGiven = _framesGiven,
            LastFrame = _lastFrame,
            IsOverlong = IsOverlong,
            IsSkipping = _skipping,
            IsFinished = _isFinished,
            Segments = segments,
        };
    }

    /// <summary>One that goes on from there.</summary>
    /// <exception cref="LedgerException">It has not the bytes that it says.</exception>
    public static FrameStream From(FrameRules rules, SegmentPool pool, StreamState state, LedgerBytes bytes)
    {
        var stream = new FrameStream(state.IsFramed ? rules : FrameRules.None, pool)
        {
            Received = state.Received,
            Sent = state.Sent,
            _boundary = state.Boundary,
            _read = state.Read,
            _softAt = state.SoftAt,
            _framesGiven = state.FramesGiven,
            _lastFrame = state.LastFrame,
            IsOverlong = state.IsOverlong,
            _skipping = state.IsSkipping,
            _isFinished = state.IsFinished,
        };
        stream._scanner = FrameScanner.From(stream._rules, state.Scanner);
        foreach (var (start, place, mark) in state.Segments)
        {
            var segment = stream._chain.Add(start, bytes.Get(place));
            if (mark is not null)
            {
                segment.SetMark(FrameScanner.From(stream._rules, mark));
            }
        }

        return stream._chain.Tail is null || stream._chain.Tail.End == state.Received ? stream : throw new LedgerException("a stream's bytes are not all there");
    }
}

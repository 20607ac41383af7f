using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Kept;

namespace Aeterna.Relay;

/// <content>What became of the bytes that were on their way.</content>
internal sealed partial class KeptRecovery
{
    /// <summary>What was taken from the generation and has not been written to the client: the kernel has counted both.</summary>
    private ReadOnlySpan<byte> Answers(int place, int client, int end, in KeptStream last)
    {
        if (last.HasAnswers != 0)
        {
            var left = last.AnswersEnd - SocketQueues.Written(client) ?? -1;
            return last.AnswersEnd < 0 || left < 0 || left > last.AnswersLength ? throw Lost() : Bytes(last.AnswersAt, last.AnswersLength)[^(int)left..];
        }

        if (!_answers.TryGetValue(place, out var intent))
        {
            return [];
        }

        // Another generation's end is not kept.
        var taken = intent.AnswersFrom == end ? SocketQueues.Taken(end) - intent.AnswersTaken ?? -1 : -1;
        if (taken == 0)
        {
            return [];
        }

        var given = SocketQueues.Written(client) - intent.AnswersWritten ?? -1;
        return intent.AnswersWritten < 0 || given < 0 || given > taken ? throw Lost() : Bytes(intent.AnswersAt, taken)[(int)given..];

        static LedgerException Lost() => new("an answer was on its way");
    }

    private ReadOnlySpan<byte> Bytes(long at, long count) => (_blocks ?? throw new LedgerException("there is no memory of it")).Bytes(at, count);

    /// <summary>What was received and is not written down.</summary>
    private unsafe void Receive(int place, int client, FrameStream stream)
    {
        if (!_receives.TryGetValue(place, out var intent) || client <= 0)
        {
            return;
        }

        if (SocketQueues.TakenFrom(client) is not { } taken)
        {
            throw new LedgerException("how much was received is not known");
        }

        for (var (at, left) = (intent.At, taken - stream.Received); left > 0;)
        {
            var room = stream.Room();
            var count = (int)Math.Min(left, room.Length);
            (_blocks ?? throw new LedgerException("there is no memory of it")).Bytes(at, count).CopyTo(room);
            stream.Receive(count);
            (at, left) = (at + count, left - count);
        }
    }

    /// <summary>What was being given and is not written down: what came to the generation tells whether it was, where that is counted; else the end of what it has not read.</summary>
    private void Give(int place, int leftEnd, long from, FrameStream stream)
    {
        if (!_gives.TryGetValue(place, out var intent) || intent.GivesFrom != stream.Sent)
        {
            return;
        }

        if (leftEnd > 0 && SocketQueues.CameTo(leftEnd) is { } came && came - (stream.Sent - from) is >= 0 and var made && made <= intent.GivesBytes)
        {
            stream.Advance(made);
            return;
        }

        if (leftEnd > 0)
        {
            SocketQueues.CountNoMore(leftEnd); // It is to be looked at.
        }

        var wanted = stream.Copy(intent.GivesFrom, intent.GivesBytes);
        var unread = leftEnd > 0 ? Libc.Look(leftEnd) : [];
        if (unread.Length == 0)
        {
            Doubtful++; // It was not made, or it has been read already.
            stream.Advance(_makesAgain ? 0 : wanted.Length);
            return;
        }

        for (var count = wanted.Length; count > 0; count--)
        {
            var seen = Math.Min(count, unread.Length);
            if (wanted.AsSpan(count - seen, seen).SequenceEqual(unread.AsSpan(unread.Length - seen)))
            {
                stream.Advance(count);
                return;
            }
        }
    }

    private unsafe StreamState StateOf(in KeptStream last)
    {
        List<SegmentState> segments = [];
        var (number, at) = (last.Head - 1, -1L);
        while (number >= 0 && at < last.Received)
        {
            if (_blocks is not { } blocks || !blocks.Has(number))
            {
                throw new LedgerException("a connection's bytes are not all there");
            }

            var piece = *blocks.Of(number);
            if (piece.Start >= last.Received || (at >= 0 && piece.Start != at))
            {
                throw new LedgerException("a connection's bytes are not in order");
            }

            var length = Math.Min(piece.Length, last.Received - piece.Start);
            var mark = last.MarkStart == piece.Start ? FrameScanner.StateOf(last.Mark) : null;
            segments.Add(new SegmentState(piece.Start, _bytes.Put(blocks.Bytes((long)number * KeptBlocks.PieceSize, length)), mark));
            (number, at) = (piece.Next - 1, piece.Start + length);
        }

        if (last.Sent < last.Received && at != last.Received)
        {
            throw new LedgerException("a connection's bytes are not all there");
        }

        return new StreamState
        {
            IsFramed = last.IsFramed != 0,
            Scanner = FrameScanner.StateOf(last.Scanner),
            Received = last.Received,
            Sent = last.Sent,
            Boundary = last.Boundary,
            Read = last.Read,
            SoftAt = last.SoftAt,
            FramesGiven = last.FramesGiven,
            LastFrame = last.LastFrame,
            IsOverlong = last.IsOverlong != 0,
            IsSkipping = last.IsSkipping != 0,
            IsFinished = last.IsFinished != 0,
            Segments = segments,
        };
    }
}

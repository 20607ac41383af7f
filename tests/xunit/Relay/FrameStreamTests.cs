using System.Text;

using System.Text.Json;
using Aeterna.Keeper;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Machine.Plans;

using Aeterna.Relay.Frames;
using FsCheck;
using FsCheck.Fluent;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>The stream between a client and a generation, without sockets.</summary>
public class FrameStreamTests
{
    private static readonly Config _many = Config.QuickThrowOnFailure.WithMaxTest(300);

    /// <summary>Random pieces come in, random pieces are let out and read, it stops and goes on, and generations die at any byte.</summary>
    [Fact]
    public void What_is_let_out_are_whole_frames_and_what_is_taken_back_begins_at_the_last_boundary_that_was_read() =>
        Prop.ForAll<int>(seed => new Model(seed).Run()).Check(_many);

    [Fact]
    public void A_frame_that_is_too_long_is_let_out_as_it_comes_and_its_rest_is_lost_with_its_generation()
    {
        var pool = new SegmentPool(_ => { });
        var stream = new FrameStream(FrameRules.Line, pool);
        Put(stream, "short\n");
        var most = 0;
        for (var i = 0; i < 100; i++)
        {
            Put(stream, new string('x', 50_000));
            Take(stream);
            stream.Release(0);
            most = Math.Max(most, pool.Rented);
        }

        Assert.True(stream.IsOverlong && stream.IsInOverlong);
        Assert.InRange(most, 1, 8);
        stream.Stop();
        Assert.False(stream.IsStopped);
        Put(stream, "y");
        Assert.Equal("y", Take(stream));

        var back = stream.TakeBack(1);
        Assert.True(back.IsTorn);
        Put(stream, "rest of it");
        Assert.Equal("", Take(stream));
        Put(stream, "end\nnext\nbegin");
        Assert.Equal("next\n", Take(stream));
        Assert.Equal(3, stream.Frames);
    }

    /// <summary>With <c>multiLine="on"</c>: what begins with "&lt;" is a new message however much is read at once.</summary>
    [Theory]
    [InlineData("cd\n", true)]
    [InlineData("<13>cd\n", false)]
    public void What_comes_after_the_end_of_a_read_waits_until_all_before_it_is_read(string next, bool waits)
    {
        var stream = new FrameStream(new FrameRules(Framing.Syslog, new SyslogRules { IsMultiLine = true }), new SegmentPool(_ => { }));
        Put(stream, "<13>ab\n");
        Assert.False(stream.WaitsForReading);
        Assert.Equal("<13>ab\n", Take(stream));
        Assert.False(stream.WaitsForReading);
        Put(stream, next);
        Assert.Equal(waits, stream.WaitsForReading);
        Assert.Equal(next, Take(stream));
        Assert.False(stream.WaitsForReading);
    }

    [Fact]
    public void It_stops_at_the_end_of_a_frame_that_is_too_long()
    {
        var stream = new FrameStream(FrameRules.Line, new SegmentPool(_ => { }));
        Put(stream, new string('x', 60_000));
        for (var i = 0; i < 5; i++)
        {
            Put(stream, new string('x', 60_000));
        }

        Assert.True(Take(stream).Length > FrameRules.LeastWhole);
        stream.Stop();
        Put(stream, "x\nnext\n");
        Assert.Equal("x\n", Take(stream));
        Assert.True(stream.IsStopped && stream.IsPending);
        stream.Resume();
        Assert.Equal("next\n", Take(stream));
    }

    [Fact]
    public void When_all_is_read_no_memory_is_held_but_a_small_segment_for_the_beginning_of_a_frame()
    {
        var pool = new SegmentPool(_ => { });
        var stream = new FrameStream(FrameRules.Line, pool);
        Put(stream, new string('x', 60_000) + "\nbegin");
        Take(stream);
        stream.Release(0);
        Assert.Equal(1, pool.Rented);
        Put(stream, "ning\n");
        Assert.Equal("beginning\n", Take(stream));
        stream.Release(0);
        Assert.Equal(0, pool.Rented);
    }

    [Fact]
    public void The_last_beginning_of_a_frame_goes_out_when_the_client_has_ended()
    {
        var stream = new FrameStream(FrameRules.Line, new SegmentPool(_ => { }));
        Put(stream, "one\ntw");
        Assert.Equal("one\n", Take(stream));
        stream.Finish();
        Assert.Equal("tw", Take(stream));
        Assert.Equal(2, stream.Frames);
        Assert.Equal(new TakenBack(1, 2, -1, false), stream.TakeBack(1));
        Assert.Equal("tw", Take(stream));
    }

    private static void Put(FrameStream stream, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        for (var at = 0; at < bytes.Length;)
        {
            var room = stream.Room();
            var count = Math.Min(room.Length, bytes.Length - at);
            bytes.AsSpan(at, count).CopyTo(room);
            stream.Receive(count);
            at += count;
        }
    }

    private static string Take(FrameStream stream)
    {
        var text = new StringBuilder();
        while (stream.HasSendable)
        {
            text.Append(Model.Give(stream, int.MaxValue));
        }

        return text.ToString();
    }

    /// <summary>One random history, held against the whole stream as the client wrote it.</summary>
    private sealed class Model
    {
        private readonly Random _random;
        private readonly string _whole;
        private readonly List<int> _boundaries = [0];
        private readonly SegmentPool _pool = new(_ => { });
        private FrameStream _stream;
        private long _framesGiven;
        private int _received;
        private int _read;

        public Model(int seed)
        {
            _random = new Random(seed);
            _whole = Frames.Random(_random, _random.Next(60), 30_000);
            var framing = FrameRules.Default;
            var scanner = new FrameScanner(framing);
            for (var i = 0; i < _whole.Length; i++)
            {
                if (scanner.TakeToBoundary([(byte)_whole[i]], isRead: true))
                {
                    _boundaries.Add(i + 1);
                }
            }

            _stream = new FrameStream(framing, _pool);
        }

        public static string Give(FrameStream stream, int most)
        {
            Span<Iovec> pieces = stackalloc Iovec[3];
            var number = stream.Gather(pieces);
            var text = "";
            for (var i = 0; i < number; i++)
            {
                unsafe
                {
                    text += Encoding.Latin1.GetString(pieces[i].Base, (int)pieces[i].Length);
                }
            }

            text = text[..Math.Min(most, text.Length)];
            stream.Advance(text.Length);
            return text;
        }

        public void Run()
        {
            while (_received < _whole.Length)
            {
                Step(_random.Next(13));
            }

            _stream.Resume();
            while (_stream.HasSendable)
            {
                Send(int.MaxValue);
            }

            Assert.Equal(_boundaries[^1], _stream.Sent);
            Assert.Equal(_boundaries.Count - 1, _stream.Frames);
            Assert.Equal(_stream.Frames, _framesGiven);
            _stream.Release(0);
            Assert.InRange(_pool.Rented, 0, _boundaries[^1] == _whole.Length ? 0 : 2);
        }

        private void Step(int what)
        {
            switch (what)
            {
                case < 4:
                    Receive();
                    break;
                case < 7:
                    Send(_random.Next(1, 40_000));
                    break;
                case < 9:
                    _read = _random.Next(_read, (int)_stream.Sent + 1);
                    break;
                case 9:
                    _stream.Release(_stream.Sent - _read);
                    break;
                case 10:
                    Stop();
                    break;
                case 11:
                    Carry();
                    break;
                default:
                    Die();
                    break;
            }
        }

        private void Receive()
        {
            var room = _stream.Room();
            var count = Math.Min(Math.Min(room.Length, _whole.Length - _received), _random.Next(1, _random.Next(2) == 0 ? 100 : 70_000));
            Encoding.Latin1.GetBytes(_whole.AsSpan(_received, count), room);
            _stream.Receive(count);
            _received += count;
        }

        private void Send(int most)
        {
            var at = (int)_stream.Sent;
            var before = _stream.Sent;
            Span<Iovec> pieces = stackalloc Iovec[4];
            var number = _stream.Gather(pieces);
            for (var i = 0; i < number && most > 0; i++)
            {
                unsafe
                {
                    var length = Math.Min(most, (int)pieces[i].Length);
                    Assert.True(
                        _whole.AsSpan(at, length).SequenceEqual(Encoding.Latin1.GetString(pieces[i].Base, length)), $"wrong bytes at {at}");
                    (at, most) = (at + length, most - length);
                }
            }

            _framesGiven += _stream.Advance(at - before);
            if (!_stream.HasSendable)
            {
                Assert.Contains((int)_stream.Sent, _boundaries);
            }
        }

        private void Stop()
        {
            var begun = _stream.Sent;
            _stream.Stop();
            var end = _boundaries.First(b => b >= begun);
            while (_stream.HasSendable)
            {
                Send(_random.Next(1, 40_000));
            }

            Assert.True(_stream.IsStopped);
            Assert.Equal(end, _stream.Sent);
            _stream.Resume();
        }

        /// <summary>Another engine goes on with it: from what is written down, and with memory of its own.</summary>
        private void Carry()
        {
            using var bytes = LedgerBytes.Create();
            var text = JsonSerializer.Serialize(_stream.State(bytes), LedgerJson.Default.StreamState);
            _stream.Clear();
            Assert.Equal(0, _pool.Rented);
            _stream = FrameStream.From(FrameRules.Default, _pool, JsonSerializer.Deserialize(text, LedgerJson.Default.StreamState)!, bytes);
        }

        private void Die()
        {
            var sent = _stream.Sent;
            var back = _stream.TakeBack(sent - _read);
            var to = _boundaries.Last(b => b <= _read);
            Assert.Equal(to, _stream.Sent);
            Assert.Equal(_boundaries.Count(b => b > to && b < sent) + (sent > to ? 1 : 0), back.Frames);
            Assert.Equal(sent - to, back.Bytes);
            Assert.False(back.IsTorn);
            _framesGiven += back.GivenFrames;
            Assert.Equal(_boundaries.IndexOf(to), _framesGiven);
            _read = to;
        }
    }
}

/// <summary>Streams of frames for tests.</summary>
internal static class Frames
{
    /// <summary>Octet-counted and LF-terminated frames, mixed.</summary>
    public static string Random(Random random, int count, int longest)
    {
        var text = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            var body = $"<13>{i} " + new string((char)('a' + (i % 26)), random.Next(random.Next(4) == 0 ? longest : 200));
            text.Append(random.Next(2) == 0 ? $"{body}\n" : $"{body.Length} {body}");
        }

        return text.ToString();
    }
}

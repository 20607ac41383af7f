using System.Net.Sockets;
using Aeterna.Linux;
using Aeterna.StateHandoff;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.StateHandoff;

/// <summary>Large states: over the stream, which the kernel carries past the engine, and in memory.</summary>
public class LargeStateTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Frames_of_all_sizes_arrive_byte_for_byte()
    {
        await using var peers = await StatePeers.Connect();
        var random = new Random(7);
        int[] sizes = [0, 300 << 10, 50, 5 * MiB, 0, 1, Express.Worthwhile, 12, 3 * MiB, 0, 100];
        FrameType[] types = [FrameType.Chunk, FrameType.Json, FrameType.Protobuf];
        byte[] stream =
        [
            .. sizes.SelectMany((size, i) => FrameHeader.Frame(types[i % 3], Random(random, size))),
            .. StatePeers.Finished,
        ];
        var pieces = new List<byte[]>();
        for (var at = 0; at < stream.Length;)
        {
            var size = Math.Min(stream.Length - at, 1 + random.Next(random.Next(2) == 0 ? 20 : 200_000));
            pieces.Add(stream[at..(at + size)]);
            at += size;
        }

        var report = peers.Snapshot();
        var taking = peers.Take();
        await peers.Give([.. pieces]).Bounded();
        Assert.True(Same(stream, await taking.Bounded()));
        Assert.Equal(("success", sizes.Sum()), ((await report.Bounded()).Status, (int)(await report).SizeBytes));
    }

    [Theory]
    [InlineData("closes", "closed the connection in the middle of a frame")]
    [InlineData("stops", "while the engine waited for the old process's state")]
    [InlineData("goes on with nonsense", "sent the wrong magic 0x78787878")]
    [InlineData("goes on with too much", "sent more than state_handoff.max_bytes")]
    public async Task A_giver_that_does_wrong_after_a_MiB(string does, string said)
    {
        await using var peers = await StatePeers.Connect(maxBytes: 8 * MiB);
        var half = FrameHeader.Frame(FrameType.Chunk, new byte[4 * MiB])[..MiB];
        var whole = FrameHeader.Frame(FrameType.Chunk, new byte[4 * MiB]);
        var report = peers.Snapshot();
        var taking = peers.Take();
        await peers.Give(does switch
        {
            "goes on with nonsense" => [whole, "\0\0\0\bxxxxxxxx"u8.ToArray()],
            "goes on with too much" => [whole, whole[..12], new byte[4 * MiB], whole[..12]],
            _ => [half],
        }).Bounded();
        switch (does)
        {
            case "closes":
                peers.Old.Dispose();
                break;
            case "stops":
                await peers.Time.Pass(StatePeers.Timeout);
                break;
        }

        var outcome = await report.Bounded();
        Assert.Equal("failed", outcome.Status);
        Assert.Contains(said, outcome.Detail, StringComparison.Ordinal);
        Assert.False((await taking.Bounded()).AsSpan().EndsWith(StatePeers.Finished));
    }

    [Fact]
    public async Task A_taker_that_goes_away_in_the_middle_is_named()
    {
        await using var peers = await StatePeers.Connect();
        var report = peers.Snapshot();
        var giving = peers.Give(FrameHeader.Frame(FrameType.Chunk, new byte[16 * MiB]));
        peers.New.Receive(new byte[100]);
        peers.New.Dispose();
        var outcome = await report.Bounded();
        Assert.Equal("failed", outcome.Status);
        Assert.StartsWith("the new process (pid ", outcome.Detail, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SocketException>(() => giving.Bounded());
    }

    [Fact]
    public async Task A_plain_reader_may_read_slowly()
    {
        await using var peers = await StatePeers.Connect(receiver: null);
        peers.Old.SendBufferSize = MiB; // More comes at once than can go at once.
        var state = Random(new Random(3), 6 * MiB);
        var report = peers.Snapshot();
        var giving = peers.Give(FrameHeader.Frame(FrameType.Chunk, state), StatePeers.Finished);

        // When everything on the way is full and nothing moves any more, what is said to be carried is what has come.
        var same = 0;
        await Waiting.Until(() => (same = peers.State.Progress is { SizeBytes: > 0 } progress
            && peers.New.Available == FrameHeader.Size + progress.SizeBytes
            && !peers.Old.Poll(0, SelectMode.SelectWrite) ? same + 1 : 0) == 20);

        // It takes small pieces to the end of the stream.
        Assert.False(giving.IsCompleted);
        var taking = peers.Take(piece: 1000);
        await giving.Bounded();
        byte[] expected = [.. FrameHeader.Frame(FrameType.Chunk, state), .. StatePeers.Finished];
        Assert.True(Same(expected, await taking.Bounded()));
        Assert.Equal(("success", state.Length), ((await report.Bounded()).Status, (int)(await report).SizeBytes));
    }

    [Theory]
    [InlineData("sealed", "success", "bytes by provider")]
    [InlineData("open", "failed", "sent a descriptor that is no memfd sealed against writing, shrinking and growing")]
    [InlineData("a pipe", "failed", "sent a descriptor that is no memfd sealed against writing, shrinking and growing")]
    [InlineData("too small", "failed", "sent a memfd of 100000 bytes, and said that it has 100001")]
    [InlineData("changed", "failed", "and said that it is 1234")]
    [InlineData("missing", "failed", "sent a memory frame without a descriptor")]
    public async Task Memory_is_taken_only_as_it_should_be(string what, string status, string said)
    {
        await using var peers = await StatePeers.Connect();
        using var memory = MemFd.Create("test", 100_000);
        if (what != "open")
        {
            MemFd.Seal(memory);
        }

        using var pipe = CommandPipe.Open(weRead: true);
        var report = peers.Snapshot();
        var taking = peers.Take();
        peers.AwaitRequest();
        var payload = what switch
        {
            "too small" => """{"size":100001}""",
            "changed" => """{"size":100000,"crc32c":1234}""",
            _ => """{"size":100000}""",
        };
        int[] descriptors = what == "missing" ? [] : [what == "a pipe" ? pipe.Theirs.Number : memory.Number];
        // In one piece: the engine hangs up at once on what it does not take.
        byte[] frames = [.. FrameHeader.Frame(FrameType.Memory, System.Text.Encoding.UTF8.GetBytes(payload)), .. StatePeers.Finished];
        FdPassing.Send((int)peers.Old.Handle, frames, descriptors);
        var outcome = await report.Bounded();
        Assert.Equal(status, outcome.Status);
        Assert.Contains(said, outcome.Detail, StringComparison.Ordinal);
        Assert.Equal(status == "success", (await taking.Bounded()).AsSpan().EndsWith(StatePeers.Finished));
    }

    [Fact]
    public async Task A_handoff_that_takes_its_time_says_how_far_it_is()
    {
        await using var peers = await StatePeers.Connect();
        var frame = FrameHeader.Frame(FrameType.Chunk, new byte[2 * MiB]);
        var report = peers.Snapshot();
        var taking = peers.Take();
        await peers.Give(frame[..(12 + MiB)]).Bounded();
        await Waiting.Until(() => peers.State.Progress?.SizeBytes == MiB);
        await peers.Time.Pass(TimedTransfer.Beat);
        Assert.Equal(("snapshot", MiB, 2), peers.Told.Select(t => (t.Progress.Phase, (int)t.Progress.SizeBytes, t.Generation)).Single());
        peers.Send(frame.AsSpan(12 + MiB));
        peers.Send(StatePeers.Finished);
        await taking.Bounded();
        Assert.Equal("success", (await report.Bounded()).Status);
        Assert.Null(peers.State.Progress);
        peers.Time.Advance(TimedTransfer.Beat);
        Assert.Single(peers.Told);
    }

    private static bool Same(byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b);

    private static byte[] Random(Random random, int size)
    {
        var bytes = new byte[size];
        random.NextBytes(bytes);
        return bytes;
    }
}

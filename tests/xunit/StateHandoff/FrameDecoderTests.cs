using System.Text.Json;
using Aeterna.StateHandoff;
using Aeterna.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Aeterna.Tests.StateHandoff;

/// <summary>The packet: golden vectors, properties, and a fuzz run.</summary>
public class FrameDecoderTests
{
    private static readonly FrameType[] _types =
        [FrameType.Hello, FrameType.Json, FrameType.Protobuf, FrameType.Chunk, FrameType.Memory, FrameType.Request, FrameType.Error, FrameType.Finished];

    public static TheoryData<string> Vectors() => [.. Index().Select(v => v.GetProperty("file").GetString()!)];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_vector_decodes_to_what_the_index_says(string file)
    {
        var vector = Index().Single(v => v.GetProperty("file").GetString() == file);
        var bytes = File.ReadAllBytes(Repository.File("sdk", "vectors", file));
        var wanted = vector.GetProperty("frames").EnumerateArray()
            .Select(f => $"{f.GetProperty("type").GetInt32()}:{f.GetProperty("payload_hex").GetString()}").ToList();
        foreach (var pieces in new IEnumerable<byte[]>[] { [bytes], Frames.OneByOne(bytes) })
        {
            var (frames, error) = Frames.Decode(pieces);
            Assert.Equal(wanted, frames.Select(f => $"{(int)f.Type}:{Convert.ToHexStringLower(f.Payload)}"));
            Assert.Equal(vector.TryGetProperty("error", out var e) ? e.GetString() : null, error);
        }

        if (!vector.TryGetProperty("error", out _))
        {
            Assert.Equal(bytes, Frames.Decode([bytes]).Frames.SelectMany(f => FrameHeader.Frame(f.Type, f.Payload)));
        }
    }

    [Fact]
    public void Every_file_of_the_vectors_is_in_the_index() => Assert.Equal(
        Directory.GetFiles(Repository.File("sdk", "vectors"), "*.bin").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal),
        Index().Select(v => v.GetProperty("file").GetString()!).Order(StringComparer.Ordinal));

    [Fact]
    public void Whatever_was_written_is_read_again_however_it_is_cut() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[][]>(),
        ArbMap.Default.ArbFor<PositiveInt>(),
        (payloads, cut) =>
        {
            var frames = payloads.Select((p, i) => (Type: _types[i % _types.Length], Payload: p ?? [])).ToList();
            var bytes = frames.SelectMany(f => FrameHeader.Frame(f.Type, f.Payload)).ToArray();
            var (read, error) = Frames.Decode(bytes.Chunk(cut.Get));
            return error is null && read.Select(f => (f.Type, Convert.ToHexString(f.Payload)))
                .SequenceEqual(frames.Select(f => (f.Type, Convert.ToHexString(f.Payload))));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_more_goes_by_than_the_payload_has()
    {
        var decoder = new FrameDecoder(FrameLimits.For(100));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Skip(1));
        Assert.Equal(FrameStep.Header, decoder.Step(FrameHeader.Frame(FrameType.Json, new byte[5]).AsSpan(0, FrameHeader.Size), out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Skip(6));
        decoder.Skip(5);
        Assert.Equal(FrameStep.End, decoder.Step([], out _));
    }

    [Fact]
    public void The_largest_length_is_refused_after_its_four_bytes()
    {
        var decoder = new FrameDecoder(FrameLimits.For(long.MaxValue));
        Assert.Equal(FrameError.TooLong, Assert.Throws<FrameException>(() => decoder.Step([0xFF, 0xFF, 0xFF, 0xFF], out _)).Error);
    }

    [Fact]
    public void A_state_beyond_max_bytes_is_refused_at_its_header()
    {
        var frame = FrameHeader.Frame(FrameType.Json, new byte[101]);
        Assert.Equal("too_long", Frames.Decode([frame[..4]], FrameLimits.For(100)).Error);
        Assert.Null(Frames.Decode([frame], FrameLimits.For(101)).Error);
    }

    [Fact]
    public void A_frame_that_carries_no_state_is_refused_at_its_header_if_it_is_longer_than_words_are()
    {
        var limits = FrameLimits.For(1 << 20);
        var frame = FrameHeader.Frame(FrameType.Hello, new byte[FrameLimits.MaxControl + 1]);
        Assert.Equal("too_long", Frames.Decode([frame[..FrameHeader.Size]], limits).Error);
        Assert.Null(Frames.Decode([FrameHeader.Frame(FrameType.Hello, new byte[FrameLimits.MaxControl])], limits).Error);
    }

    [Fact]
    public void Mutated_frames_are_read_or_refused_and_nothing_else_happens() => FrameFuzz.Run(seed: 2024, rounds: 20_000);

    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    public void The_checksum_is_CRC32C(string text, uint crc) => Assert.Equal(crc, Crc32C.Of(System.Text.Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData(7)]
    [InlineData(12_287)]
    [InlineData(12_288)]
    [InlineData(12_289)]
    [InlineData(40_003)]
    public void The_checksum_is_the_same_in_blocks_and_byte_by_byte(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        uint slow = ~0u;
        foreach (var one in bytes)
        {
            slow ^= one;
            for (var i = 0; i < 8; i++)
            {
                slow = (slow >> 1) ^ ((slow & 1) * 0x82F63B78);
            }
        }

        Assert.Equal(~slow, Crc32C.Of(bytes));
        Assert.Equal(~slow, Crc32C.Append(Crc32C.Of(bytes.AsSpan(0, length / 3)), bytes.AsSpan(length / 3)));
    }

    private static List<JsonElement> Index()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Repository.File("sdk", "vectors", "index.json")));
        return [.. document.RootElement.EnumerateArray().Select(e => e.Clone())];
    }
}

using System.Buffers.Binary;
using System.Globalization;

namespace Aeterna.Sdk;

internal enum FrameType : byte
{
    Hello = 0x01,
    Json = 0x02,
    Protobuf = 0x03,
    Chunk = 0x04,
    Memory = 0x05,
    Request = 0x06,
    Error = 0x7F,
    Finished = 0xFF,
}

/// <summary>What came is not SRP; the kind is the name that sdk/vectors/index.json uses.</summary>
internal sealed class ProtocolException(string kind, string text) : Exception(text)
{
    public string Kind { get; } = kind;
}

/// <summary>The twelve bytes before a payload, all integers big-endian (docs/srp.md).</summary>
internal static class Frames
{
    public const int HeaderSize = 12;
    private const int Counted = 8;
    private const uint Magic = 0xAE7E2024;
    private const byte Version = 1;
    private const uint MostBulk = 1u << 30;
    private const uint MostControl = 64 << 10;

    public static void WriteHeader(Span<byte> to, FrameType type, int payload)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, (uint)(Counted + payload));
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], Magic);
        to[8] = Version;
        to[9] = (byte)type;
        to[10] = to[11] = 0;
    }

    public static byte[] Frame(FrameType type, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[HeaderSize + payload.Length];
        WriteHeader(frame, type, payload.Length);
        payload.CopyTo(frame.AsSpan(HeaderSize));
        return frame;
    }

    /// <summary>Type and length of the payload.</summary>
    /// <exception cref="ProtocolException">It is no header.</exception>
    public static (FrameType Type, int Length) ReadHeader(ReadOnlySpan<byte> header)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(header);
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        var type = (FrameType)header[9];
        var wrong = length < Counted ? "length"
            : length - Counted > MostBulk ? "too_long"
            : magic != Magic ? "magic"
            : header[8] != Version ? "version"
            : !Enum.IsDefined(type) ? "type"
            : (header[10] | header[11]) != 0 ? "reserved"
            : !IsBulk(type) && length - Counted > MostControl ? "too_long"
            : null;
        return wrong is null
            ? (type, (int)(length - Counted))
            : throw new ProtocolException(wrong, string.Create(CultureInfo.InvariantCulture, $"a frame with a wrong {wrong}: {Convert.ToHexString(header)}"));
    }

    public static bool IsBulk(FrameType type) => type is FrameType.Json or FrameType.Protobuf or FrameType.Chunk;
}

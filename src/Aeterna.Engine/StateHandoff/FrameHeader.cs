using System.Buffers.Binary;

namespace Aeterna.StateHandoff;

/// <summary>The twelve bytes before a payload. All integers are big-endian.</summary>
/// <param name="Type">What the frame is.</param>
/// <param name="PayloadLength">Bytes that follow.</param>
internal readonly record struct FrameHeader(FrameType Type, int PayloadLength)
{
    /// <summary>Bytes of a header, the length field included.</summary>
    public const int Size = 12;

    /// <summary>What the length field counts besides the payload.</summary>
    public const int Counted = 8;

    public const uint Magic = 0xAE7E2024;
    public const byte Version = 1;

    /// <summary>Writes the header to the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, (uint)(Counted + PayloadLength));
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], Magic);
        to[8] = Version;
        to[9] = (byte)Type;
        to[10] = 0;
        to[11] = 0;
    }

    /// <summary>A whole frame.</summary>
    public static byte[] Frame(FrameType type, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[Size + payload.Length];
        new FrameHeader(type, payload.Length).Write(frame);
        payload.CopyTo(frame.AsSpan(Size));
        return frame;
    }
}

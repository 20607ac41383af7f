using System.Buffers.Text;

namespace Aeterna.Load.Messages;

/// <summary>
/// Writes one message: <c>HEADER AE1 SOURCE CONNECTION NUMBER ADDRESS LENGTH HEADERCRC CRC PAYLOAD</c>. The last checksum covers
/// everything between the mark and the end but itself. No line feed, no framing.
/// </summary>
internal static class MessageWriter
{
    /// <summary>No message is longer than this.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>What every message begins with after its syslog header.</summary>
    public static ReadOnlySpan<byte> Mark => "AE1 "u8;

    /// <summary>Writes a message and returns its length.</summary>
    /// <param name="buffer">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="header">The syslog header of its source.</param>
    /// <param name="source">The source's id.</param>
    /// <param name="connection">Number of the connection within the source; order is kept within a connection.</param>
    /// <param name="number">Number of the message within the source, from 1.</param>
    /// <param name="address">The address that it is sent from, or <c>-</c>.</param>
    /// <param name="payload">See <see cref="Payload"/>.</param>
    public static int Write(
        Span<byte> buffer,
        MessageHeader header,
        ReadOnlySpan<byte> source,
        long connection,
        long number,
        ReadOnlySpan<byte> address,
        ReadOnlySpan<byte> payload)
    {
        var at = 0;
        Put(buffer, ref at, header.Bytes);
        Put(buffer, ref at, Mark);
        var start = at;
        Put(buffer, ref at, source);
        Space(buffer, ref at);
        Put(buffer, ref at, connection);
        Put(buffer, ref at, number);
        Put(buffer, ref at, address);
        Space(buffer, ref at);
        Put(buffer, ref at, payload.Length);
        PutHex(buffer, ref at, header.Crc);
        PutHex(buffer, ref at, Checksum.Of(buffer[start..at], payload));
        Put(buffer, ref at, payload);
        return at;
    }

    private static void Put(Span<byte> buffer, ref int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(buffer[at..]);
        at += bytes.Length;
    }

    private static void Put(Span<byte> buffer, ref int at, long value)
    {
        Utf8Formatter.TryFormat(value, buffer[at..], out var written);
        at += written;
        Space(buffer, ref at);
    }

    private static void PutHex(Span<byte> buffer, ref int at, uint value)
    {
        Utf8Formatter.TryFormat(value, buffer[at..], out var written, new System.Buffers.StandardFormat('x', 8));
        at += written;
        Space(buffer, ref at);
    }

    private static void Space(Span<byte> buffer, ref int at) => buffer[at++] = (byte)' ';
}

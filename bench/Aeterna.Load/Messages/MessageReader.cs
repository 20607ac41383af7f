using System.Buffers.Text;

namespace Aeterna.Load.Messages;

/// <summary>One message as found in a line of an output file. Its spans point into the line.</summary>
internal ref struct FoundMessage
{
    /// <summary>Id of the source.</summary>
    public ReadOnlySpan<byte> Source;

    /// <summary>Number of the connection within the source.</summary>
    public long Connection;

    /// <summary>Number of the message within the source.</summary>
    public long Number;

    /// <summary>The address that it was sent from, or <c>-</c>.</summary>
    public ReadOnlySpan<byte> SentFrom;

    /// <summary>The address that the program wrote in front of it; empty when it writes none.</summary>
    public ReadOnlySpan<byte> LoggedFrom;
}

/// <summary>Finds the message in a line that rsyslogd wrote by <c>%rawmsg%</c> or <c>%msg%</c>, whole or not at all.</summary>
internal static class MessageReader
{
    /// <summary>Reads a line without its line feed.</summary>
    /// <param name="line">The line.</param>
    /// <param name="addressFirst">The line begins with the client's address and a space (<c>%fromhost-ip%</c>).</param>
    /// <param name="message">The message; as much of it as could be read when the answer is false.</param>
    /// <returns>False when the line is anything but one whole message.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, bool addressFirst, out FoundMessage message)
    {
        message = default;
        if (addressFirst)
        {
            var end = line.IndexOf((byte)' ');
            if (end <= 0)
            {
                return false;
            }

            message.LoggedFrom = line[..end];
            line = line[(end + 1)..];
        }

        var mark = line.IndexOf(MessageWriter.Mark);
        if (mark < 0)
        {
            return false;
        }

        var header = line[..mark];
        var body = line[(mark + MessageWriter.Mark.Length)..];
        var rest = body;
        if (!Word(ref rest, out message.Source)
            || !Number(ref rest, out message.Connection)
            || !Number(ref rest, out message.Number)
            || !Word(ref rest, out message.SentFrom)
            || !Number(ref rest, out var length)
            || !Hex(ref rest, out var headerCrc))
        {
            return false;
        }

        var checkedPart = body[..^rest.Length];
        return Hex(ref rest, out var crc)
            && rest.Length == length
            && Checksum.Of(checkedPart, rest) == crc
            && HeaderIsWhole(header, headerCrc);
    }

    /// <summary>%msg% leaves nothing or one space of the header; %rawmsg% all of it.</summary>
    private static bool HeaderIsWhole(ReadOnlySpan<byte> header, uint crc) =>
        header.IsEmpty || header.SequenceEqual(" "u8) || Checksum.Of(header) == crc;

    private static bool Word(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> word)
    {
        var end = rest.IndexOf((byte)' ');
        word = end > 0 ? rest[..end] : default;
        rest = end > 0 ? rest[(end + 1)..] : rest;
        return end > 0;
    }

    private static bool Number(ref ReadOnlySpan<byte> rest, out long value)
    {
        value = 0;
        return Word(ref rest, out var word) && Utf8Parser.TryParse(word, out value, out var used) && used == word.Length;
    }

    private static bool Hex(ref ReadOnlySpan<byte> rest, out uint value)
    {
        value = 0;
        return Word(ref rest, out var word) && word.Length == 8 && Utf8Parser.TryParse(word, out value, out var used, 'x') && used == 8;
    }
}

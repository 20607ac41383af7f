using System.Globalization;
using System.Text;

namespace Aeterna.Load.Messages;

/// <summary>
/// The syslog part in front of a message. One per source and constant for it, so that it costs nothing per message; its
/// checksum travels in the message, so that a header torn from its message shows.
/// </summary>
internal sealed class MessageHeader
{
    private MessageHeader(string text)
    {
        Bytes = Encoding.ASCII.GetBytes(text);
        Crc = Checksum.Of(Bytes);
    }

    public byte[] Bytes { get; }

    public uint Crc { get; }

    /// <summary><c>&lt;134&gt;Oct 11 22:14:15 load TAG: </c>; local0.info.</summary>
    public static MessageHeader Rfc3164(string tag, DateTime time) =>
        new(string.Create(CultureInfo.InvariantCulture, $"<134>{time:MMM} {time.Day,2} {time:HH:mm:ss} load {tag}: "));

    /// <summary><c>&lt;134&gt;1 2024-10-11T22:14:15.003Z load TAG - - - </c>.</summary>
    public static MessageHeader Rfc5424(string tag, DateTime time) =>
        new(string.Create(CultureInfo.InvariantCulture, $"<134>1 {time.ToUniversalTime():yyyy-MM-ddTHH:mm:ss.fffZ} load {tag} - - - "));

    /// <summary>As syslog(3) writes to /dev/log: no host name.</summary>
    public static MessageHeader Local(string tag, DateTime time) =>
        new(string.Create(CultureInfo.InvariantCulture, $"<134>{time:MMM} {time.Day,2} {time:HH:mm:ss} {tag}: "));
}

namespace Aeterna.Relay.Frames;

/// <summary>How streams begin that rsyslog also takes over TCP and that are no syslog frames.</summary>
internal static class Preamble
{
    /// <summary>Bytes that are looked at.</summary>
    public const int Length = 16;

    private const byte TlsHandshake = 22;

    /// <summary>Whether a stream is TLS (RFC 8446, 5.1: a record of type handshake) or RELP (its first command is "open", behind a number).</summary>
    public static bool IsForeign(ReadOnlySpan<byte> first)
    {
        if (first[0] == TlsHandshake)
        {
            return true;
        }

        var digits = first.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return digits > 0 && first[digits..].StartsWith(" open "u8);
    }
}

using System.Globalization;
using System.Text;

namespace Aeterna.Relay.Frames;

/// <summary>What of a frame is still to come at a place where a stream may be cut.</summary>
/// <param name="Kind">What the program does with it.</param>
/// <param name="Count">Its bytes, when it is octet-counted; 0: it goes on to a character.</param>
internal readonly record struct Rest(RestKind Kind, long Count)
{
    /// <summary>What a program has to be told before the rest, so that it takes it as one that has read the beginning; empty: nothing.</summary>
    /// <param name="next">The first byte of the rest.</param>
    /// <param name="rules">The rules of both.</param>
    public byte[] Prelude(byte next, FrameRules rules) =>
        Kind != RestKind.Rest ? []
        : Count > 0 ? Encoding.ASCII.GetBytes(Count.ToString(CultureInfo.InvariantCulture) + " ")
        : rules.Syslog.OctetCounted && (next is >= (byte)'0' and <= (byte)'9' || (rules.Syslog.SkipsBlanks && next == (byte)' ')) ? "0 "u8.ToArray() // A count of nothing begins a line.
        : [];
}

/// <summary>What a program does with the rest of a frame.</summary>
internal enum RestKind : byte
{
    /// <summary>There is none: the place is the end of a frame.</summary>
    Whole,

    /// <summary>It makes further messages of it.</summary>
    Rest,

    /// <summary>It drops it.</summary>
    Dropped,
}

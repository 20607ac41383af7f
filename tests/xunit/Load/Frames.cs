using System.Text;
using Aeterna.Load.Messages;
using Xunit;

namespace Aeterna.Tests.Load;

/// <summary>Takes apart what a sender wrote to a stream.</summary>
internal static class Frames
{
    /// <summary>The whole frames of a stream, octet-counted or ended by LF; a partial last one is left out.</summary>
    public static IEnumerable<(string Text, bool OctetCounted)> Split(byte[] stream)
    {
        var text = Encoding.ASCII.GetString(stream);
        for (var at = 0; at < text.Length;)
        {
            if (char.IsAsciiDigit(text[at]))
            {
                var space = text.IndexOf(' ', at);
                if (space < 0 || space + 1 + int.Parse(text[at..space]) is var end && end > text.Length)
                {
                    yield break;
                }

                yield return (text[(space + 1)..end], true);
                at = end;
            }
            else
            {
                var end = text.IndexOf('\n', at);
                if (end < 0)
                {
                    yield break;
                }

                yield return (text[at..end], false);
                at = end + 1;
            }
        }
    }

    /// <summary>Source, connection and number of a whole message.</summary>
    public static (string Source, long Connection, long Number) Read(string message)
    {
        Assert.True(MessageReader.TryRead(Encoding.ASCII.GetBytes(message), addressFirst: false, out var found), message);
        return (Encoding.ASCII.GetString(found.Source), found.Connection, found.Number);
    }
}

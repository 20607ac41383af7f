namespace Aeterna.Load.Messages;

/// <summary>Random printable bytes without a space, so that the mark of a message cannot occur in one.</summary>
internal static class Payload
{
    /// <summary>Shortest and longest ordinary payload.</summary>
    public const int Shortest = 60, Longest = 1500;

    /// <summary>
    /// An oversize payload makes a line just above 4,096 bytes: rsyslogd writes its files in pieces of that size, so two
    /// writers of one file tear such a line sooner than others.
    /// </summary>
    public const int ShortestOversize = 4097, LongestOversize = 4300;

    /// <summary>One message in this many is oversize (TCP only; a datagram stays below the usual MTU).</summary>
    public const int OversizeEvery = 200;

    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly byte[] _block = MakeBlock();

    /// <summary>A random length.</summary>
    public static int NextLength(Random random, bool oversize) => oversize && random.Next(OversizeEvery) == 0
        ? random.Next(ShortestOversize, LongestOversize + 1)
        : random.Next(Shortest, Longest + 1);

    /// <summary>Random bytes of a length.</summary>
    public static ReadOnlySpan<byte> Next(Random random, int length) => _block.AsSpan(random.Next(_block.Length - length), length);

    private static byte[] MakeBlock()
    {
        var block = new byte[256 * 1024];
        Random.Shared.NextBytes(block);
        for (var i = 0; i < block.Length; i++)
        {
            block[i] = (byte)Alphabet[block[i] % Alphabet.Length];
        }

        return block;
    }
}

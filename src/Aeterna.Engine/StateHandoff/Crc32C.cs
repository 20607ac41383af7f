using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Aeterna.StateHandoff;

/// <summary>
/// CRC32C (Castagnoli), the kind that the processor has an instruction for. One instruction waits for the one before it, so three
/// blocks are run through side by side and joined by tables that tell what a block of zeroes does to a checksum.
/// </summary>
internal static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;
    private const int Block = 4096;
    private static readonly uint[] _skipOne = SkipTable(Block);
    private static readonly uint[] _skipTwo = SkipTable(2 * Block);

    /// <summary>The checksum of a whole.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of what had the checksum <paramref name="crc"/>, with these bytes after it.</summary>
    // A state comes once in a process's life: without this the first gigabyte would run through the compiler's unoptimized code.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        while (bytes.Length >= 3 * Block)
        {
            var words = MemoryMarshal.Cast<byte, ulong>(bytes[..(3 * Block)]);
            var first = words[..(Block / 8)];
            var second = words.Slice(Block / 8, Block / 8);
            var third = words[(2 * Block / 8)..];
            uint b = 0, c = 0;
            for (var i = 0; i < first.Length; i++)
            {
                crc = BitOperations.Crc32C(crc, first[i]);
                b = BitOperations.Crc32C(b, second[i]);
                c = BitOperations.Crc32C(c, third[i]);
            }

            crc = Skip(_skipTwo, crc) ^ Skip(_skipOne, b) ^ c;
            bytes = bytes[(3 * Block)..];
        }

        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var one in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return ~crc;
    }

    private static uint Skip(uint[] table, uint crc) =>
        table[crc & 0xFF] ^ table[256 + ((crc >> 8) & 0xFF)] ^ table[512 + ((crc >> 16) & 0xFF)] ^ table[768 + (crc >> 24)];

    // What follows from each value of each byte of a checksum when so many zero bytes come after it.
    private static uint[] SkipTable(int zeroes)
    {
        var bits = new uint[32];
        for (var bit = 0; bit < 32; bit++)
        {
            var crc = 1u << bit;
            for (var i = 0; i < zeroes * 8; i++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            }

            bits[bit] = crc;
        }

        var table = new uint[1024];
        for (var i = 0; i < table.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                table[i] ^= (uint)((i >> bit) & 1) * bits[(i >> 8 << 3) + bit];
            }
        }

        return table;
    }
}

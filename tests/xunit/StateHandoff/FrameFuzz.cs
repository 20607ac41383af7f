using Aeterna.StateHandoff;

namespace Aeterna.Tests.StateHandoff;

/// <summary>Good frames with wrong bits, cut and joined at random, through the decoder. Whatever it throws but FrameException is a find.</summary>
internal static class FrameFuzz
{
    public static void Run(int seed, int rounds)
    {
        var random = new Random(seed);
        var limits = FrameLimits.For(4096);
        byte[] types = [1, 2, 3, 4, 5, 6, 0x7F, 0xFF];
        var payload = new byte[300];
        for (var round = 0; round < rounds; round++)
        {
            var bytes = FrameHeader.Frame((FrameType)types[random.Next(types.Length)], payload.AsSpan(0, random.Next(payload.Length)))
                .Concat(FrameHeader.Frame(FrameType.Finished, [])).ToArray();
            for (var flips = random.Next(4); flips > 0; flips--)
            {
                bytes[random.Next(Math.Min(bytes.Length, 40))] ^= (byte)(1 << random.Next(8));
            }

            Decode(bytes.AsSpan(0, random.Next(bytes.Length + 1)), limits, random);
        }
    }

    private static void Decode(ReadOnlySpan<byte> bytes, FrameLimits limits, Random random)
    {
        var decoder = new FrameDecoder(limits);
        try
        {
            var idle = 0;
            while (!bytes.IsEmpty)
            {
                var piece = bytes[..random.Next(1, bytes.Length + 1)];
                var step = decoder.Step(piece, out var taken);
                if (taken > piece.Length || (idle = taken == 0 ? idle + 1 : 0) > 2 || (step != FrameStep.More && decoder.Header.PayloadLength > limits.Bulk + limits.Control))
                {
                    throw new InvalidOperationException($"step {step} took {taken} of {piece.Length}");
                }

                bytes = bytes[taken..];
            }
        }
        catch (FrameException)
        {
            // What is wrong is refused.
        }
    }
}

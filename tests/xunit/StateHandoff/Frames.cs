using Aeterna.StateHandoff;

namespace Aeterna.Tests.StateHandoff;

/// <summary>Whole frames out of the decoder, for tests.</summary>
internal static class Frames
{
    /// <summary>Decodes pieces one after the other; the error is its name, <c>truncated</c> for an end within a frame.</summary>
    public static (List<(FrameType Type, byte[] Payload)> Frames, string? Error) Decode(IEnumerable<byte[]> pieces, FrameLimits? limits = null)
    {
        var decoder = new FrameDecoder(limits ?? FrameLimits.For(long.MaxValue));
        List<(FrameType, byte[])> frames = [];
        List<byte> payload = [];
        try
        {
            foreach (var piece in pieces)
            {
                var rest = piece.AsSpan();
                while (decoder.Step(rest, out var taken) is var step && step != FrameStep.More)
                {
                    if (step == FrameStep.Payload)
                    {
                        payload.AddRange(rest[..taken]);
                    }
                    else if (step == FrameStep.End)
                    {
                        frames.Add((decoder.Header.Type, [.. payload]));
                        payload.Clear();
                    }

                    rest = rest[taken..];
                }
            }
        }
        catch (FrameException e)
        {
            return (frames, System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(e.Error.ToString()));
        }

        return (frames, decoder.AtBoundary ? null : "truncated");
    }

    public static IEnumerable<byte[]> OneByOne(byte[] bytes) => bytes.Select(b => new[] { b });
}

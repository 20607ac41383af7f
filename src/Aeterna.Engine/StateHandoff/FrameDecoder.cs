using System.Buffers.Binary;
using System.Globalization;

namespace Aeterna.StateHandoff;

/// <summary>What a step of the decoder has found.</summary>
internal enum FrameStep
{
    /// <summary>All input is taken, and more is needed.</summary>
    More,

    /// <summary>A header is complete: <see cref="FrameDecoder.Header"/>.</summary>
    Header,

    /// <summary>The bytes taken are payload.</summary>
    Payload,

    /// <summary>The frame is over.</summary>
    End,
}

/// <summary>
/// Takes a stream of bytes apart, in whatever pieces it comes. Keeps at most a header; a payload is only pointed at. Each field is
/// checked as soon as its bytes are there, so that a stranger's first bytes are enough to see him as one.
/// </summary>
/// <param name="limits">What a frame may be at most.</param>
internal sealed class FrameDecoder(FrameLimits limits)
{
    private readonly byte[] _header = new byte[FrameHeader.Size];
    private int _have;
    private int _left;
    private bool _inPayload;

    /// <summary>The header of the frame that is being read.</summary>
    public FrameHeader Header { get; private set; }

    /// <summary>The stream may end here: no frame has begun.</summary>
    public bool AtBoundary => _have == 0 && !_inPayload;

    /// <summary>Bytes of the payload that have not been taken yet.</summary>
    public int LeftOfPayload => _inPayload ? _left : 0;

    /// <summary>Bytes that make the header complete.</summary>
    public int MissingOfHeader => FrameHeader.Size - _have;

    /// <summary>Payload has gone by without being looked at.</summary>
    /// <param name="count">How much; not more than is left.</param>
    public void Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, LeftOfPayload);
        _left -= count;
    }

    /// <summary>Takes the next thing off the input.</summary>
    /// <param name="input">What there is.</param>
    /// <param name="taken">Bytes that the step has used up.</param>
    /// <exception cref="FrameException">The input is not SRP, or beyond the limits. The decoder is of no more use.</exception>
    public FrameStep Step(ReadOnlySpan<byte> input, out int taken)
    {
        if (!_inPayload)
        {
            return ReadHeader(input, out taken) ? FrameStep.Header : FrameStep.More;
        }

        taken = Math.Min(_left, input.Length);
        if (_left == 0)
        {
            _inPayload = false;
            return FrameStep.End;
        }

        _left -= taken;
        return taken == 0 ? FrameStep.More : FrameStep.Payload;
    }

    private bool ReadHeader(ReadOnlySpan<byte> input, out int taken)
    {
        taken = Math.Min(FrameHeader.Size - _have, input.Length);
        input[..taken].CopyTo(_header.AsSpan(_have));
        var before = _have;
        _have += taken;
        Check(before, _have);
        if (_have < FrameHeader.Size)
        {
            return false;
        }

        Header = new FrameHeader((FrameType)_header[9], (int)(Length - FrameHeader.Counted));
        if (!Header.Type.IsBulk() && Header.PayloadLength > limits.Control)
        {
            throw TooLong(limits.Control + FrameHeader.Counted);
        }

        (_have, _left, _inPayload) = (0, Header.PayloadLength, true);
        return true;
    }

    private uint Length => BinaryPrimitives.ReadUInt32BigEndian(_header);

    private void Check(int before, int now)
    {
        if (Ends(4) && Length < FrameHeader.Counted)
        {
            throw new FrameException(FrameError.Length, Invariant($"a length of {Length}, and it counts at least {FrameHeader.Counted}"));
        }

        if (Ends(4) && Length - FrameHeader.Counted > limits.Bulk)
        {
            throw TooLong(limits.Bulk + FrameHeader.Counted);
        }

        if (Ends(8) && BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4)) is var magic and not FrameHeader.Magic)
        {
            throw new FrameException(FrameError.Magic, Invariant($"the wrong magic 0x{magic:X8} in place of 0x{FrameHeader.Magic:X8}"));
        }

        if (Ends(9) && _header[8] != FrameHeader.Version)
        {
            throw new FrameException(FrameError.Version, Invariant($"version {_header[8]}, and this engine speaks version {FrameHeader.Version}"));
        }

        if (Ends(10) && !((FrameType)_header[9]).IsKnown())
        {
            throw new FrameException(FrameError.Type, Invariant($"the unknown frame type 0x{_header[9]:X2}"));
        }

        if (Ends(12) && (_header[10] | _header[11]) != 0)
        {
            throw new FrameException(FrameError.Reserved, "reserved bytes that are not zero");
        }

        bool Ends(int field) => before < field && now >= field;
    }

    private FrameException TooLong(long limit) =>
        new(FrameError.TooLong, Invariant($"a frame with length {Length}, and at most {limit} are taken here"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

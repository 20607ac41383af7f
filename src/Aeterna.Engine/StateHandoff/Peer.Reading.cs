using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <content>Frames that come.</content>
internal sealed partial class Peer
{
    private const int BufferSize = 256 << 10;

    private readonly FrameDecoder _decoder = new(limits);
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>The next header, once it is there; null at the end of the stream.</summary>
    public Task<FrameHeader?> Next { get; private set; } = Task.FromResult<FrameHeader?>(null);

    /// <summary>Begins to read a header: <see cref="Next"/>.</summary>
    public void ReadOn() => Next = ReadHeader();

    /// <summary>A piece of the payload, good until the next call; empty at the end of the frame.</summary>
    /// <exception cref="SrpException">The peer broke off, or sent nonsense.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> Payload()
    {
        while (true)
        {
            var step = _decoder.Step(_buffer.AsSpan(_start, _end - _start), out var taken);
            var piece = _buffer.AsMemory(_start, taken);
            _start += taken;
            switch (step)
            {
                case FrameStep.Payload:
                    return piece;
                case FrameStep.End:
                    return ReadOnlyMemory<byte>.Empty;
                default:
                    if (!await Fill().ConfigureAwait(false))
                    {
                        throw CutOff();
                    }

                    break;
            }
        }
    }

    /// <summary>The payload of a small frame.</summary>
    public async Task<byte[]> WholePayload()
    {
        using var whole = new MemoryStream();
        while (await Payload().ConfigureAwait(false) is { IsEmpty: false } piece)
        {
            whole.Write(piece.Span);
        }

        return whole.ToArray();
    }

    /// <summary>The payload of a small frame, as the record that it is.</summary>
    public async Task<T> Words<T>(JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(await WholePayload().ConfigureAwait(false), type) ?? throw new SrpException("sent a payload that says null");
        }
        catch (JsonException e)
        {
            throw new SrpException($"sent a payload that is not the JSON it should be: {e.Message}", e);
        }
    }

    /// <summary>The oldest descriptor that came and was not taken. The caller owns it.</summary>
    public FileDescriptor? TakeDescriptor()
    {
        lock (_gate)
        {
            if (_descriptors.Count == 0)
            {
                return null;
            }

            var first = _descriptors[0];
            _descriptors.RemoveAt(0);
            return new FileDescriptor(first);
        }
    }

    /// <summary>Reads the next header (<see cref="Next"/>) on this thread, and not a byte beyond it.</summary>
    /// <param name="pump">Waits.</param>
    /// <param name="wait">Wait for it; otherwise one that is not there is left to be read (<see cref="ReadOn"/>, which this does), and null returned.</param>
    public FrameHeader? NextNow(SocketPump pump, bool wait)
    {
        _ = _decoder.Step([], out _); // The frame before is over.
        using var handle = Pin();
        while (!TakeHeader())
        {
            if (TryFill(_decoder.MissingOfHeader) is not { } filled)
            {
                if (!wait)
                {
                    ReadOn();
                    return null;
                }

                pump.Wait(handle.Number, Libc.POLLIN);
            }
            else if (!filled)
            {
                Next = Task.FromResult(EndOfStream());
                return null;
            }
        }

        Next = Task.FromResult<FrameHeader?>(_decoder.Header);
        return _decoder.Header;
    }

    /// <summary>Bytes of the payload that have not been taken yet.</summary>
    public int LeftOfPayload => _decoder.LeftOfPayload;

    /// <summary>Payload has been taken from the socket past this.</summary>
    public void Skip(int count) => _decoder.Skip(count);

    /// <summary>What has been read of the payload, good until the next call; may be nothing.</summary>
    public ReadOnlyMemory<byte> TakeBuffered()
    {
        var step = _decoder.Step(_buffer.AsSpan(_start, _end - _start), out var taken);
        var piece = _buffer.AsMemory(_start, taken);
        _start += taken;
        return step == FrameStep.Payload ? piece : ReadOnlyMemory<byte>.Empty;
    }

    private async Task<FrameHeader?> ReadHeader()
    {
        while (!TakeHeader())
        {
            if (!await Fill().ConfigureAwait(false))
            {
                return EndOfStream();
            }
        }

        return _decoder.Header;
    }

    private bool TakeHeader()
    {
        try
        {
            var step = _decoder.Step(_buffer.AsSpan(_start, _end - _start), out var taken);
            _start += taken;
            return step == FrameStep.Header;
        }
        catch (FrameException e)
        {
            throw new SrpException($"sent {e.Message}", e);
        }
    }

    private FrameHeader? EndOfStream() => _decoder.AtBoundary ? null : throw CutOff();

    private static SrpException CutOff() => new("closed the connection in the middle of a frame");

    // Waits until something can be read, and reads it together with its descriptors.
    private async ValueTask<bool> Fill()
    {
        try
        {
            while (true)
            {
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
                if (TryFill(BufferSize) is { } filled)
                {
                    return filled;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or LinuxException)
        {
            throw Broken(e);
        }
    }

    // Whether there was something, or null: nothing yet.
    private bool? TryFill(int most)
    {
        using var handle = Pin();
        List<int> came = [];
        try
        {
            _buffer = _buffer.Length == 0 ? GC.AllocateUninitializedArray<byte>(BufferSize) : _buffer;
            (_start, _end) = (0, 0);
            _end = FdPassing.Receive(handle.Number, _buffer.AsSpan(0, most), came);
            return _end > 0;
        }
        catch (LinuxException e) when (e.Number == Errno.EAGAIN)
        {
            return null;
        }
        finally
        {
            Keep(came);
        }
    }

    private void Keep(List<int> came)
    {
        if (came.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            _descriptors.AddRange(came);
            while (_descriptors.Count > (_disposed ? 0 : MostDescriptors))
            {
                _ = LibC.close(_descriptors[^1]);
                _descriptors.RemoveAt(_descriptors.Count - 1);
            }
        }
    }
}

using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aeterna.Linux;

namespace Aeterna.StateRelay;

/// <summary>What a connected process is here for.</summary>
internal enum PeerRole
{
    /// <summary>It has not said anything.</summary>
    Unknown,
    Provider,
    Receiver,

    /// <summary>It sends its state unasked by a frame: the answer to a signal.</summary>
    Pusher,
}

/// <summary>
/// The connection of one process of a generation, frame by frame. Owns the socket, and the descriptors that came over it until they are
/// taken. One reader and one writer at a time; a read that is given up goes on until the peer is disposed.
/// </summary>
internal sealed class Peer(Socket socket, int pid, int generation, FrameLimits limits) : IDisposable
{
    private const int BufferSize = 256 << 10;
    private const int MostDescriptors = 4;

    private readonly FrameDecoder _decoder = new(limits);
    private readonly List<int> _descriptors = [];
    private readonly Lock _gate = new();
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private bool _disposed;

    public int Pid { get; } = pid;

    public int Generation { get; } = generation;

    public PeerRole Role { get; set; }

    /// <summary>A receiver that wants what changes until the end.</summary>
    public bool WantsFinal { get; set; }

    /// <summary>It has had time to say who it is, and has not: it only reads.</summary>
    public bool Silent { get; set; }

    /// <summary>A handoff has it; nobody else may read from it.</summary>
    public bool Claimed { get; set; }

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
                        throw new SrpException("closed the connection in the middle of a frame");
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

    /// <summary>Sends bytes, all of them.</summary>
    public async ValueTask Send(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancel).ConfigureAwait(false)..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broken(e);
        }
    }

    public ValueTask Send(FrameType type, ReadOnlySpan<byte> payload, CancellationToken cancel) =>
        Send(FrameHeader.Frame(type, payload), cancel);

    public ValueTask Send<T>(FrameType type, T words, JsonTypeInfo<T> json, CancellationToken cancel) =>
        Send(type, JsonSerializer.SerializeToUtf8Bytes(words, json), cancel);

    /// <summary>Sends a frame with a descriptor, which stays the caller's.</summary>
    public async ValueTask Send(FrameType type, ReadOnlyMemory<byte> payload, FileDescriptor descriptor, CancellationToken cancel)
    {
        ReadOnlyMemory<byte> frame = FrameHeader.Frame(type, payload.Span);
        int sent;
        while ((sent = TrySend(frame.Span, descriptor)) < 0)
        {
            await Task.Delay(1, cancel).ConfigureAwait(false);
        }

        await Send(frame[sent..], cancel).ConfigureAwait(false);
    }

    /// <summary>Nothing more will be sent: the other end reads to the end of the stream.</summary>
    public void EndSending()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broken(e);
        }
    }

    /// <summary>Whether the peer has read all that was sent.</summary>
    public bool HasReadAll() => SocketQueue.Unread(socket) == 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _descriptors.ForEach(fd => _ = Libc.close(fd));
            _descriptors.Clear();
        }

        socket.Dispose();
    }

    private async Task<FrameHeader?> ReadHeader()
    {
        while (true)
        {
            try
            {
                if (_decoder.Step(_buffer.AsSpan(_start, _end - _start), out var taken) == FrameStep.Header)
                {
                    _start += taken;
                    return _decoder.Header;
                }

                _start += taken;
            }
            catch (FrameException e)
            {
                throw new SrpException($"sent {e.Message}", e);
            }

            if (!await Fill().ConfigureAwait(false))
            {
                return _decoder.AtBoundary ? null : throw new SrpException("closed the connection in the middle of a frame");
            }
        }
    }

    // Waits until something can be read, and reads it together with its descriptors.
    private async ValueTask<bool> Fill()
    {
        (_start, _end) = (0, 0);
        try
        {
            while (true)
            {
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
                if (_buffer.Length == 0)
                {
                    _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
                }

                if (TryReceive() is { } received)
                {
                    _end = received;
                    return received > 0;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or LinuxException)
        {
            throw Broken(e);
        }
    }

    private int? TryReceive()
    {
        using var handle = Pinned();
        List<int> came = [];
        try
        {
            return FdPassing.Receive(handle.Number, _buffer, came);
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
                _ = Libc.close(_descriptors[^1]);
                _descriptors.RemoveAt(_descriptors.Count - 1);
            }
        }
    }

    private int TrySend(ReadOnlySpan<byte> frame, FileDescriptor descriptor)
    {
        using var handle = Pinned();
        try
        {
            return FdPassing.Send(handle.Number, frame, [descriptor.Number]);
        }
        catch (LinuxException e) when (e.Number == Errno.EAGAIN)
        {
            return -1;
        }
        catch (LinuxException e)
        {
            throw Broken(e);
        }
    }

    // The number cannot be closed, and given to another file, while it is used.
    private PinnedHandle Pinned()
    {
        var added = false;
        socket.SafeHandle.DangerousAddRef(ref added);
        return new PinnedHandle(socket.SafeHandle);
    }

    private static SrpException Broken(Exception e) => new($"broke the connection off: {e.Message}", e);

    private readonly struct PinnedHandle(SafeSocketHandle handle) : IDisposable
    {
        public int Number => (int)handle.DangerousGetHandle();

        public void Dispose() => handle.DangerousRelease();
    }
}

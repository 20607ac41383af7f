using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Aeterna.Sdk;

/// <summary>Frames over a connected unix socket. Owns it, and the descriptors that came until they are taken.</summary>
internal sealed class Connection(Socket socket, TimeSpan timeout) : IDisposable
{
    private readonly Queue<int> _descriptors = new();

    /// <summary>How long the other side may be silent; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</summary>
    public TimeSpan Patience { get; set; } = timeout;

    /// <summary>Connects to the engine; null when there is none.</summary>
    public static Connection? Open(TimeSpan timeout)
    {
        if (Environment.GetEnvironmentVariable("AETERNA_STATE_SOCK") is not { Length: > 0 } path)
        {
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            if (!Native.IsEngine(socket))
            {
                // In a folder like /tmp anybody may listen.
                socket.Dispose();
                AeternaService.Say($"who listens at {path} is not the engine");
                return null;
            }

            return new Connection(socket, timeout);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            AeternaService.Say($"no state socket at {path}: {e.Message}");
            return null;
        }
    }

    public void Send(FrameType type, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[Frames.HeaderSize];
        Frames.WriteHeader(header, type, payload.Length);
        SendAll(header);
        SendAll(payload);
    }

    public void SendWords(FrameType type, object words) => Send(type, JsonSerializer.SerializeToUtf8Bytes(words));

    /// <summary>Sends a frame with a descriptor, which stays the caller's.</summary>
    public void Send(FrameType type, ReadOnlySpan<byte> payload, int descriptor)
    {
        var frame = Frames.Frame(type, payload);
        SendAll(frame.AsSpan(Native.Send((int)socket.Handle, frame, descriptor)));
    }

    /// <summary>The next frame; null at the end of the stream.</summary>
    /// <exception cref="ProtocolException">What came is no frame, or half of one.</exception>
    /// <exception cref="IOException">The connection broke, or the other side was silent for too long.</exception>
    public (FrameType Type, byte[] Payload)? Receive()
    {
        var header = new byte[Frames.HeaderSize];
        if (!ReceiveAll(header, mayEnd: true))
        {
            return null;
        }

        var (type, length) = Frames.ReadHeader(header);
        var payload = GC.AllocateUninitializedArray<byte>(length);
        ReceiveAll(payload, mayEnd: false);
        return (type, payload);
    }

    /// <summary>The oldest descriptor that came, which is the caller's from here on; null when none did.</summary>
    public int? TakeDescriptor() => _descriptors.TryDequeue(out var descriptor) ? descriptor : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_descriptors.TryDequeue(out var descriptor))
        {
            Native.Close(descriptor);
        }

        socket.Dispose();
    }

    /// <summary>The text of an Error frame.</summary>
    public static string Text(byte[] payload) => Encoding.UTF8.GetString(payload);

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        socket.SendTimeout = Patience == Timeout.InfiniteTimeSpan ? 0 : (int)Patience.TotalMilliseconds;
        while (!bytes.IsEmpty)
        {
            bytes = bytes[socket.Send(bytes, SocketFlags.None)..];
        }
    }

    private bool ReceiveAll(Span<byte> to, bool mayEnd)
    {
        var whole = to.Length;
        while (!to.IsEmpty)
        {
            if (!socket.Poll(Patience, SelectMode.SelectRead))
            {
                throw new IOException("the other side was silent for too long");
            }

            var got = Native.Receive((int)socket.Handle, to, _descriptors);
            if (got == 0)
            {
                return mayEnd && to.Length == whole ? false : throw new ProtocolException("truncated", "the end in the middle of a frame");
            }

            to = to[got..];
        }

        return true;
    }
}

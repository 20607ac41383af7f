using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <content>Frames that go.</content>
internal sealed partial class Peer
{
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
        while ((sent = TrySend(frame.Span, descriptor.Number)) < 0)
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

    /// <summary>Sends bytes on this thread, all of them.</summary>
    /// <param name="bytes">Them.</param>
    /// <param name="pump">Waits.</param>
    /// <param name="sent">Told how many have gone, each time that some have.</param>
    public void SendNow(ReadOnlySpan<byte> bytes, SocketPump pump, Action<int>? sent = null)
    {
        using var handle = Pin();
        while (!bytes.IsEmpty)
        {
            var count = TrySend(bytes);
            if (count < 0)
            {
                pump.Wait(handle.Number, Libc.POLLOUT);
                continue;
            }

            bytes = bytes[count..];
            sent?.Invoke(count);
        }
    }

    private int TrySend(ReadOnlySpan<byte> frame, params ReadOnlySpan<int> descriptors)
    {
        using var handle = Pin();
        try
        {
            return FdPassing.Send(handle.Number, frame, descriptors);
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
}

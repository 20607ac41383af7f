using System.Text.Json;
using Aeterna.Linux;

namespace Aeterna.StateRelay;

/// <summary>A new process that is connected: it gets the frames as they are. One that said nothing of itself only reads.</summary>
internal sealed class PeerSink(Peer peer) : IStateSink
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(2);

    private readonly bool _onlyReads = peer.Role == PeerRole.Unknown;
    private int _leftOfFrame;

    public Peer Peer => peer;

    public async ValueTask Begin(FrameHeader header, CancellationToken cancel)
    {
        var bytes = new byte[FrameHeader.Size];
        header.Write(bytes);
        _leftOfFrame = FrameHeader.Size + header.PayloadLength;
        await Piece(bytes, cancel).ConfigureAwait(false);
    }

    public async ValueTask Piece(ReadOnlyMemory<byte> piece, CancellationToken cancel)
    {
        try
        {
            await peer.Send(piece, cancel).ConfigureAwait(false);
            _leftOfFrame -= piece.Length;
        }
        catch (SrpException e)
        {
            throw Name(e.Message, e);
        }
    }

    /// <summary>Sends a header on this thread.</summary>
    public void BeginNow(FrameHeader header, SocketPump pump)
    {
        Span<byte> bytes = stackalloc byte[FrameHeader.Size];
        header.Write(bytes);
        _leftOfFrame = header.PayloadLength;
        peer.SendNow(bytes, pump);
    }

    /// <summary>Sends payload on this thread.</summary>
    public void PieceNow(ReadOnlySpan<byte> piece, SocketPump pump)
    {
        peer.SendNow(piece, pump);
        _leftOfFrame -= piece.Length;
    }

    /// <summary>Sends what the pump holds.</summary>
    public void PieceNow(int count, int socket, SocketPump pump)
    {
        pump.Drain(socket);
        _leftOfFrame -= count;
    }

    /// <summary>What this throws names the new process.</summary>
    public void Guarded(Action work)
    {
        try
        {
            work();
        }
        catch (SrpException e)
        {
            throw Name(e.Message, e);
        }
        catch (LinuxException e)
        {
            throw Name($"broke the connection off: {e.Message}", e);
        }
    }

    public async ValueTask Memory(StateMemory memory, CancellationToken cancel)
    {
        try
        {
            var payload = JsonSerializer.SerializeToUtf8Bytes(memory.Payload, PayloadJson.Default.MemoryPayload);
            await peer.Send(FrameType.Memory, payload, memory.Descriptor, cancel).ConfigureAwait(false);
        }
        catch (SrpException e)
        {
            throw Name(e.Message, e);
        }
    }

    public async Task Finish(CancellationToken cancel)
    {
        try
        {
            await peer.Send(FrameType.Finished, [], cancel).ConfigureAwait(false);
            await (_onlyReads ? ReadToEnd(cancel) : Acknowledged(cancel)).ConfigureAwait(false);
        }
        catch (SrpException e)
        {
            throw Name(e.Message, e);
        }
    }

    /// <summary>In the middle of a frame an Error would be taken for payload: there the end of the stream says it.</summary>
    public Task Refuse(ErrorPayload why)
    {
        if (_leftOfFrame == 0)
        {
            return PeerFarewell.Refuse(peer, why);
        }

        peer.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>The peer outlives this, unless its handoff failed.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task Acknowledged(CancellationToken cancel)
    {
        var header = await peer.Next.WaitAsync(cancel).ConfigureAwait(false);
        if (header is null)
        {
            throw new SrpException("closed the connection without an Ack");
        }

        var payload = await peer.WholePayload().WaitAsync(cancel).ConfigureAwait(false);
        if (header.Value.Type == FrameType.Error)
        {
            var error = PayloadJson.ReadError(payload);
            throw new SrpException($"did not take the state: {error.Message} ({error.Code})");
        }

        if (header.Value.Type != FrameType.Finished)
        {
            throw new SrpException($"sent a frame of type 0x{(byte)header.Value.Type:X2} in place of an Ack");
        }

        peer.ReadOn();
    }

    // It may close, say something, or sit there: it has the state when nothing is left unread.
    private async Task ReadToEnd(CancellationToken cancel)
    {
        peer.EndSending();
        while (!peer.HasReadAll() && !peer.Next.IsCompleted)
        {
            await Task.WhenAny(peer.Next, Task.Delay(_look, cancel)).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
        }

        if (!peer.HasReadAll())
        {
            await peer.Next.ConfigureAwait(false);
        }
    }

    private SrpException Name(string what, Exception inner) => new($"the new process (pid {peer.Pid}) {what}", inner);
}
